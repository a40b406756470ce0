//! The section `iam` of a connection: temporary credentials instead of a password. Owns what belongs to which kind of
//! warehouse. Asks nobody for them.

use saphyr::MarkedYaml;

use super::fields::Reader;

const KEYS: &[&str] = &["cluster", "workgroup", "db_user", "region", "profile"];

/// Whose credentials a connection gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Iam {
    /// Of which warehouse.
    pub(crate) warehouse: Warehouse,
    /// AWS region; as for every AWS tool when absent.
    pub(crate) region: Option<String>,
    /// Profile of the AWS configuration files; as for every AWS tool when absent.
    pub(crate) profile: Option<String>,
}

/// A warehouse by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Warehouse {
    /// A provisioned cluster, and the user in its database; that of the IAM identity when absent.
    Cluster(String, Option<String>),
    /// A workgroup of Redshift Serverless.
    Workgroup(String),
}

/// Reads the section; `None` after a fault.
pub(super) fn read(reader: &mut Reader<'_>, connection: &str, node: &MarkedYaml<'_>) -> Option<Iam> {
    let what = format!("`iam` of connection `{connection}`");
    let fields = reader.mapping(node, &what, Some(KEYS));
    let (cluster, workgroup) = (reader.text(&fields, "cluster"), reader.text(&fields, "workgroup"));
    let user = reader.text(&fields, "db_user");
    let warehouse = match (cluster, workgroup) {
        (Some(cluster), None) => Some(Warehouse::Cluster(cluster, user)),
        (None, Some(_)) if user.is_some() => {
            reader.fault(
                fields["db_user"],
                format!(
                    "{what} has `db_user`, which is for clusters: a workgroup's user is that of the IAM role"
                ),
            );
            None
        }
        (None, Some(workgroup)) => Some(Warehouse::Workgroup(workgroup)),
        _ => {
            reader.fault(node, format!("{what} needs one of `cluster` and `workgroup`"));
            None
        }
    };
    let (region, profile) = (reader.text(&fields, "region"), reader.text(&fields, "profile"));
    warehouse.map(|warehouse| Iam { warehouse, region, profile })
}
