# get_redshift_creds.sh SECRET_ID [REGION], to be sourced, as scripts of the older framework do:
#
#   source $1/get_redshift_creds.sh $2
#   rsql -h $HOST -U $USER -d $DB <<EOF
#
# Sets HOST, PORT, DB and USER, and exports PGPORT and RSPASSWORD. In a job of the fleet the worker has read the secret
# already, and the values are in the environment; otherwise `worker credentials` reads it with the rights that the host
# has. No password is an argument of a program, nor printed where others read, also where the script traces its commands
# (`set -x`): this file's own are left out. For any POSIX shell; leaves the shell's options as they are.

case $- in
*x*)
  set +x
  FLEET_TRACES=yes
  ;;
*) FLEET_TRACES= ;;
esac
FLEET_ASKED=${1:-}
FLEET_REGION=${2:-}
# Some shells give a sourced file no arguments of its own: these are the script's, CODE_DIR and SECRET_ID.
if [ -f "$FLEET_ASKED/get_redshift_creds.sh" ]; then
  FLEET_ASKED=${2:-}
  FLEET_REGION=
fi
if [ -z "$FLEET_ASKED" ]; then
  echo "get_redshift_creds.sh: name a secret: source get_redshift_creds.sh SECRET_ID [REGION]" >&2
  if [ -n "$FLEET_TRACES" ]; then set -x; fi
  return 64
fi
if [ "$FLEET_ASKED" = "${FLEET_SECRET_ID:-}" ] && [ -z "$FLEET_REGION" ]; then
  HOST=$PGHOST PORT=$PGPORT DB=$PGDATABASE USER=$PGUSER
else
  # Quoted by the program that prints them, so that no value is read as a command.
  FLEET_VALUES=$("${FLEET_WORKER:-worker}" credentials "$FLEET_ASKED" ${FLEET_REGION:+--region "$FLEET_REGION"}) || {
    echo "get_redshift_creds.sh: the secret $FLEET_ASKED could not be read" >&2
    if [ -n "$FLEET_TRACES" ]; then set -x; fi
    return 69
  }
  eval "$FLEET_VALUES"
fi
unset FLEET_ASKED FLEET_REGION FLEET_VALUES
export PGPORT RSPASSWORD
if [ -n "$FLEET_TRACES" ]; then set -x; fi
