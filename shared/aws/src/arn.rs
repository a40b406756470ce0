//! ARNs. Owns where a queue's account and the partition of a region are read from, so that a name is enough to reach what
//! belongs to the same account.

/// An account in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    region: String,
    /// Its number.
    pub(crate) account: String,
}

impl Home {
    /// Where the queue of this address lives: `https://HOST/ACCOUNT/NAME`.
    pub(crate) fn of_queue(region: &str, url: &str) -> Option<Self> {
        let (rest, _name) = url.rsplit_once('/')?;
        let (_, account) = rest.rsplit_once('/')?;
        let is_account = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
        is_account.then(|| Self { region: region.to_owned(), account: account.to_owned() })
    }

    /// The ARN of a regional resource of this account.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Self { region, account } = self;
        format!("arn:{}:{service}:{region}:{account}:{resource}", partition(region))
    }

    /// The ARN of a role of this account, which belongs to no region.
    pub(crate) fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", partition(&self.region), self.account)
    }
}

/// The region that an ARN names. Only what looks like one: it becomes a part of the host that is called, and people write
/// ARNs into their workflows.
pub(crate) fn region_of(arn: &str) -> Option<&str> {
    let is_region = |region: &&str| {
        !region.is_empty()
            && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    arn.split(':').nth(3).filter(is_region)
}

/// The partition of a region: the commercial one, unless its name says another.
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        Some("us") if region.starts_with("us-isob-") => "aws-iso-b",
        Some("us") if region.starts_with("us-iso-") => "aws-iso",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_from_the_address_of_a_queue() {
        fn check(region: &str, url: &str, expect: Option<&str>) {
            let seen = Home::of_queue(region, url).map(|home| home.arn("sns", "t"));
            assert_eq!(seen.as_deref(), expect, "{url}");
        }
        let arn = Some("arn:aws:sns:eu-west-1:123456789012:t");
        check("eu-west-1", "https://sqs.eu-west-1.amazonaws.com/123456789012/f-events", arn);
        check("eu-west-1", "http://127.0.0.1:5000/123456789012/f-events", arn);
        let china = Some("arn:aws-cn:sns:cn-north-1:123456789012:t");
        check("cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/f-events", china);
        let government = Some("arn:aws-us-gov:sns:us-gov-west-1:1:t");
        check("us-gov-west-1", "https://sqs.us-gov-west-1.amazonaws.com/1/f-events", government);
        check("eu-west-1", "https://sqs.eu-west-1.amazonaws.com/f-events", None);
        check("eu-west-1", "", None);
    }

    #[test]
    fn the_region_within_an_arn() {
        assert_eq!(region_of("arn:aws:sns:eu-west-1:123456789012:t"), Some("eu-west-1"));
        assert_eq!(region_of("arn:aws:iam::123456789012:role/r"), None);
        assert_eq!(region_of("etl-alerts"), None);
        for foreign in ["evil.example", "x/", "x#", "x@y", "Ä"] {
            assert_eq!(region_of(&format!("arn:aws:sns:{foreign}:1:t")), None, "{foreign}");
        }
    }
}
