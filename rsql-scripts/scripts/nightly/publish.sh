#!/bin/bash
#-----------------------------------------------------------------------
# nightly/publish.sh
# Records the night as published, and checks that it can be read back.
# Environment: business_date, out_dir, FLEET_EXECUTION_ID
# Return codes: 0 done, 8 the figures differ, else that of rsql
#-----------------------------------------------------------------------
echo "publish: $business_date, attempt $FLEET_ATTEMPT"

if [ ! -s "$out_dir/nightly_$business_date.txt" ]; then
  echo "publish: there is no report for $business_date"
  exit 8
fi

rsql -X -q -v ON_ERROR_STOP=1 << EOF_RSQL
begin;
delete from nyc_ops.publication where business_date = date '$business_date';
insert into nyc_ops.publication
select '$FLEET_EXECUTION_ID', date '$business_date', count(*) from nyc.fact_flight;
commit;
EOF_RSQL
rc=$?
if [ $rc -ne 0 ]; then
  echo "publish: rsql ended with $rc"
  exit $rc
fi

published=$(rsql -X -t -A -c "select flights from nyc_ops.publication where business_date = date '$business_date'")
in_fact=$(rsql -X -t -A -c "select count(*) from nyc.fact_flight")
if [ "$published" != "$in_fact" ]; then
  echo "publish: $published flights published, $in_fact in the fact"
  exit 8
fi

echo "publish: $published flights"
exit 0
