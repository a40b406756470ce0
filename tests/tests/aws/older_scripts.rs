//! Shell scripts of the older framework as they stand, from a config item of that framework: with our helper, with theirs
//! that calls the AWS CLI, and with a secret that is no connection's.

use serde_json::{Value, json};

use crate::support::{Fleet, Seen};

/// The calling convention as the older framework's readme shows it.
const LOAD: &str = "#!/bin/bash
source $1/get_redshift_creds.sh $2
echo \"as $USER at $HOST, $RSPASSWORD\"
rsql -h $HOST -U $USER -d $DB <<EOF
\\set ON_ERROR_STOP on
insert into run_log (job, attempt, execution) values ('load', 1, '$2');
\\echo loaded
