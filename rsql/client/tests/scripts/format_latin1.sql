-- widths in a single-byte encoding
\encoding LATIN1
select U&'\00e9\00e8' as a, 'x' as b;
\pset border 2
select U&'\00e9\00e8' as a, 'x' as b;
select chr(233) || chr(128) || chr(160) as c;
\pset format wrapped
\pset columns 12
select repeat(chr(233), 20) as a, 'x' as b;
\x
select repeat(chr(233), 20) as a, 'x' as b;
\H
select chr(233) as a;
