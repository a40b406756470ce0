select 'éèê', nope, '日本語';
select 1 as a,                                                                                         2 as b, 3 as c, nope as d, 4 as e, 5 as f, 6 as g;
	select	nope;
