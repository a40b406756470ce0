-- control characters are shown as codes
select chr(1) || 'x' as c1, chr(2) || 'x' as c2, chr(3) || 'x' as c3, chr(4) || 'x' as c4, chr(5) || 'x' as c5, chr(6) || 'x' as c6, chr(7) || 'x' as c7, chr(8) || 'x' as c8;
select chr(9) || 'x' as c9, chr(10) || 'x' as c10, chr(11) || 'x' as c11, chr(12) || 'x' as c12, chr(13) || 'x' as c13, chr(14) || 'x' as c14, chr(15) || 'x' as c15, chr(16) || 'x' as c16;
select chr(17) || 'x' as c17, chr(18) || 'x' as c18, chr(19) || 'x' as c19, chr(20) || 'x' as c20, chr(21) || 'x' as c21, chr(22) || 'x' as c22, chr(23) || 'x' as c23, chr(24) || 'x' as c24;
select chr(25) || 'x' as c25, chr(26) || 'x' as c26, chr(27) || 'x' as c27, chr(28) || 'x' as c28, chr(29) || 'x' as c29, chr(30) || 'x' as c30, chr(31) || 'x' as c31, chr(32) || 'x' as c32;
select chr(126) || 'x' as c126, chr(127) || 'x' as c127, chr(128) || 'x' as c128, chr(129) || 'x' as c129, chr(130) || 'x' as c130, chr(131) || 'x' as c131, chr(132) || 'x' as c132, chr(133) || 'x' as c133;
select chr(134) || 'x' as c134, chr(137) || 'x' as c137, chr(140) || 'x' as c140, chr(143) || 'x' as c143, chr(146) || 'x' as c146, chr(149) || 'x' as c149, chr(152) || 'x' as c152, chr(155) || 'x' as c155, chr(158) || 'x' as c158;
\x
select E'a\u0001b\tc\rd\ne\u007f' as c, 1 as n;
\x
\pset border 2
select E'a\u0001b\tc\rd\ne\u007f' as c, 1 as n;
\pset format unaligned
select E'a\u0001b\tc\rd\ne\u007f' as c, 1 as n;
\H
select E'a\u0001b\tc\rd\ne\u007f' as c, 1 as n;
\pset format wrapped
\pset columns 12
select E'a\u0001b\tc\rd\ne\u007f' as c, 1 as n;
\pset columns 9
select E'\u0001\u0002\u0003' as c, E'\t\t' as t;
