\dTS
\dTS+
\dT+ *.*[]
\dDS+ information_schema.*
