#!/bin/bash
# quality/certificate.sh: writes down what was checked.
# Environment: business_date, out_dir, FLEET_EXECUTION_ID. Return codes: 0 done, 8 rsql gave no figure
corrections=$(rsql -X -t -A -c "select sum(corrections) from nyc.corrected_daily")
if [ $? -ne 0 ] || [ -z "$corrections" ]; then
  echo "certificate: no figure from the warehouse"
  exit 8
fi
mkdir -p "$out_dir"
cat > "$out_dir/certificate_$business_date.txt" << EOF_TEXT
Flights up to $business_date: checked, $corrections flights corrected.
Execution $FLEET_EXECUTION_ID
EOF_TEXT
cat "$out_dir/certificate_$business_date.txt"
