//! Which fleet a command works on: the embedded one of the project, or a stack on AWS. Owns the precedence of options,
//! environment and project file. Opens nothing.

use clap::Args;

use crate::exit::Failure;
use crate::project;

/// Word for the embedded fleet in place of a stack's name: for a project whose file names a stack.
const NO_STACK: &str = "none";
/// Name of the stack where the project's file has a section `aws` that names none.
const STACK_DEFAULT: &str = "rsql-fleet";

/// Options that lead to a fleet on AWS. (Text of the help: what is not said here comes from the standard `AWS_*` variables
/// and configuration files.)
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TargetArgs {
    /// Work on this stack on AWS; `none` for the embedded fleet
    ///
    /// Without it, the stack of `aws` in project.yaml; without that, the embedded fleet of the project.
    #[arg(
        long,
        global = true,
        env = "FLEET_STACK",
        hide_env_values = true,
        value_name = "NAME",
        help_heading = "Global options"
    )]
    stack: Option<String>,

    /// Region of the stack
    ///
    /// Without it, `aws.region` in project.yaml, then AWS_REGION and the profile's, as for every AWS tool.
    #[arg(long, global = true, value_name = "REGION", help_heading = "Global options")]
    region: Option<String>,

    /// Profile of the AWS configuration files
    ///
    /// Without it, `aws.profile` in project.yaml, then AWS_PROFILE and the default one.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    profile: Option<String>,

    /// Where AWS is reached, such as http://localhost:5000
    ///
    /// Without it, AWS_ENDPOINT_URL and the profile's, then AWS itself.
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    endpoint_url: Option<String>,
}

/// Which fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The one in the project's state directory.
    Embedded,
    /// One on AWS.
    Aws(AwsTarget),
}

/// Which fleet on AWS. What is absent comes from the environment, as for every AWS tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AwsTarget {
    /// Name of its stack.
    pub(crate) stack: String,
    /// Its region.
    pub(crate) region: Option<String>,
    /// Profile of the AWS configuration files.
    pub(crate) profile: Option<String>,
    /// Where all services are reached.
    pub(crate) endpoint: Option<String>,
}

impl Target {
    /// What options (or the environment in their place) and the project's file say, in this order.
    ///
    /// # Errors
    /// When options for AWS are given, and the fleet is the embedded one.
    pub(crate) fn choose(args: &TargetArgs, file: Option<&project::Aws>) -> anyhow::Result<Self> {
        let stack = match (&args.stack, file) {
            (Some(stack), _) if stack == NO_STACK || stack.is_empty() => None,
            (Some(stack), _) => Some(stack.clone()),
            (None, Some(file)) => Some(file.stack.clone().unwrap_or_else(|| STACK_DEFAULT.to_owned())),
            (None, None) => None,
        };
        let Some(stack) = stack else {
            args.refuse_for_embedded()?;
            return Ok(Self::Embedded);
        };
        let of_file = |value: fn(&project::Aws) -> Option<String>| file.and_then(value);
        Ok(Self::Aws(AwsTarget {
            stack,
            region: args.region.clone().or_else(|| of_file(|file| file.region.clone())),
            profile: args.profile.clone().or_else(|| of_file(|file| file.profile.clone())),
            endpoint: args.endpoint_url.clone(),
        }))
    }

    /// Whether it is on AWS.
    pub(crate) const fn is_aws(&self) -> bool {
        matches!(self, Self::Aws(_))
    }
}

impl TargetArgs {
    /// Whether a stack was named, so that no project is needed to find the fleet.
    pub(crate) fn names_stack(&self) -> bool {
        self.stack.as_deref().is_some_and(|stack| stack != NO_STACK && !stack.is_empty())
    }

    fn refuse_for_embedded(&self) -> anyhow::Result<()> {
        let given = [
            ("--region", &self.region),
            ("--profile", &self.profile),
            ("--endpoint-url", &self.endpoint_url),
        ];
        match given.iter().find(|(_, value)| value.is_some()) {
            Some((option, _)) => Err(Failure::usage(format!(
                "{option} is for a fleet on AWS, and this one is embedded; name the stack with --stack NAME"
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(stack: Option<&str>, region: Option<&str>) -> TargetArgs {
        TargetArgs {
            stack: stack.map(str::to_owned),
            region: region.map(str::to_owned),
            ..TargetArgs::default()
        }
    }

    #[test]
    fn options_come_before_the_project_and_the_project_before_nothing() {
        let file = |stack: Option<&str>| project::Aws {
            stack: stack.map(str::to_owned),
            region: Some("eu-west-1".to_owned()),
            ..project::Aws::default()
        };
        let check = |args: TargetArgs, file: Option<project::Aws>, expect: &str| {
            let seen = match Target::choose(&args, file.as_ref()) {
                Ok(Target::Embedded) => "embedded".to_owned(),
                Ok(Target::Aws(aws)) => {
                    format!("{} {}", aws.stack, aws.region.as_deref().unwrap_or("-"))
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(seen, expect);
        };
        check(args(None, None), None, "embedded");
        check(args(Some("night"), None), None, "night -");
        check(args(None, None), Some(file(Some("day"))), "day eu-west-1");
        check(args(None, None), Some(file(None)), "rsql-fleet eu-west-1");
        check(args(Some("night"), Some("us-east-1")), Some(file(Some("day"))), "night us-east-1");
        check(args(Some("night"), None), Some(file(Some("day"))), "night eu-west-1");
        check(args(Some("none"), None), Some(file(Some("day"))), "embedded");
        check(args(Some(""), None), Some(file(Some("day"))), "embedded");
        check(
            args(None, Some("us-east-1")),
            None,
            "--region is for a fleet on AWS, and this one is embedded; name the stack with --stack NAME",
        );
    }
}
