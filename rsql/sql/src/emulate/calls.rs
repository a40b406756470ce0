//! Calls of functions: those that are special forms in PostgreSQL, and those that the shims define.

use std::ops::Range;

use super::rewriter::{REPEATS_MAX, Rewriter};
use super::tokens::Kind;
use super::{SCHEMA, dateparts};

/// Functions of [`super::shims`], in alphabetical order.
pub(super) const SHIMS: &[&str] = &[
    "add_months",
    "any_value",
    "bpcharcmp",
    "btext_pattern_cmp",
    "can_json_parse",
    "charindex",
    "concat",
    "convert_timezone",
    "date_cmp",
    "date_cmp_timestamp",
    "date_part_year",
    "date_trunc",
    "dateadd",
    "datediff",
    "dexp",
    "dlog10",
    "from_hex",
    "func_sha1",
    "get_array_length",
    "getdate",
    "interval_cmp",
    "is_array",
    "is_object",
    "is_valid_json",
    "is_valid_json_array",
    "json_array_length",
    "json_extract_array_element_text",
    "json_extract_path_text",
    "json_parse",
    "json_serialize",
    "json_typeof",
    "last_day",
    "len",
    "months_between",
    "next_day",
    "pg_last_copy_count",
    "pg_last_copy_id",
    "pg_last_query_id",
    "pg_last_unload_count",
    "regexp_replace",
    "replicate",
    "sha",
    "sha1",
    "sha2",
    "strtol",
    "subarray",
    "textlen",
    "timestamp_cmp",
    "timestamp_cmp_date",
    "to_timestamp",
    "trunc",
];

/// Words before a name that is not a call.
const NAMING: &[&str] = &[
    "aggregate",
    "function",
    "index",
    "into",
    "on",
    "only",
    "procedure",
    "references",
    "routine",
    "table",
    "view",
];

impl Rewriter<'_> {
    /// The rules for a call; gives the token after what was written.
    pub(super) fn call(&mut self, i: usize, to: usize) -> Option<usize> {
        let source = self.source;
        if source.kind(i) != Some(Kind::Word) || source.kind(i + 1) != Some(Kind::Open) {
            return None;
        }
        let before = i.checked_sub(1);
        if before.is_some_and(|b| {
            source.kind(b) == Some(Kind::Period) || NAMING.iter().any(|word| source.is(b, word))
        }) {
            return None;
        }
        let close = self.closing(i + 1, to)?;
        let parts = source.parts(i + 2, close);
        let name = source.token(i).to_ascii_lowercase();
        match name.as_str() {
            "nvl" if !parts.is_empty() => Some(self.renamed(i, "COALESCE")),
            "isnull" if parts.len() == 2 => Some(self.renamed(i, "COALESCE")),
            "array" if !self.begins_query(i + 2) => Some(self.renamed(i, "jsonb_build_array")),
            "object" => Some(self.renamed(i, "jsonb_build_object")),
            "nvl2" if parts.len() == 3 => Some(self.nvl2(i, close, &parts)),
            "decode" if parts.len() > 2 => self.decode(i, close, &parts),
            "convert" if parts.len() == 2 && self.begins_type(i + 2) => Some(self.convert(i, close, &parts)),
            "cast" => self.cast(i, close),
            "dateadd" | "datediff" if parts.len() == 3 => Some(self.date_call(i, close, &parts)),
            "date_part" | "date_trunc" if parts.len() == 2 => Some(self.date_call(i, close, &parts)),
            "extract" => self.extract(i),
            "listagg" => self.listagg(i, to, close, &parts),
            "median" if parts.len() == 1 && !source.is(close + 1, "over") => {
                Some(self.median(i, close, &parts[0]))
            }
            "ratio_to_report" if parts.len() == 1 => self.ratio(i, to, close),
            "getdate" if parts.is_empty() => {
                self.shim(i);
                self.copy_plain(i + 1, close + 1);
                Some(self.days_after(close + 1))
            }
            "regexp_replace" if parts.len() > 4 => None,
            "to_timestamp" | "concat" if parts.len() != 2 => None,
            _ if SHIMS.contains(&name.as_str()) => {
                self.shim(i);
                Some(i + 1)
            }
            _ => None,
        }
    }

    /// Writes the function's name with its schema.
    fn shim(&mut self, i: usize) {
        self.replace(i, &format!("{SCHEMA}."));
        self.add(i, &self.source.token(i).to_ascii_lowercase());
    }

    fn renamed(&mut self, i: usize, name: &str) -> usize {
        self.replace(i, name);
        i + 1
    }

    /// Whether what follows is PostgreSQL's `ARRAY(SELECT …)`.
    pub(super) fn begins_query(&self, i: usize) -> bool {
        self.source.kind(i) == Some(Kind::Open)
            || ["select", "with", "values", "table"].iter().any(|word| self.source.is(i, word))
    }

    fn part(&mut self, part: &Range<usize>) {
        self.copy(part.start, part.end);
    }

    fn nvl2(&mut self, i: usize, close: usize, parts: &[Range<usize>]) -> usize {
        self.replace(i, "CASE WHEN (");
        self.part(&parts[0]);
        self.add(i, ") IS NOT NULL THEN ");
        self.part(&parts[1]);
        self.add(i, " ELSE ");
        self.part(&parts[2]);
        self.replace(close, " END");
        close + 1
    }

    /// Unlike a plain CASE it finds NULL equal to NULL.
    fn decode(&mut self, i: usize, close: usize, parts: &[Range<usize>]) -> Option<usize> {
        let before = self.repeats;
        let repeats = before.saturating_mul((parts.len() - 1) / 2);
        if repeats > REPEATS_MAX {
            return None;
        }
        self.replace(i, "CASE");
        let mut rest = &parts[1..];
        while let [wanted, result, more @ ..] = rest {
            self.add(i, " WHEN (");
            self.repeats = repeats;
            self.part(&parts[0]);
            self.repeats = before;
            self.add(wanted.start, ") IS NOT DISTINCT FROM (");
            self.part(wanted);
            self.add(wanted.start, ") THEN ");
            self.part(result);
            rest = more;
        }
        if let [default] = rest {
            self.add(default.start, " ELSE ");
            self.part(default);
        }
        self.replace(close, " END");
        Some(close + 1)
    }

    fn convert(&mut self, i: usize, close: usize, parts: &[Range<usize>]) -> usize {
        self.replace(i, "CAST(");
        self.part(&parts[1]);
        self.add(i, " AS ");
        let next = self.type_name(parts[0].start, parts[0].end).unwrap_or(parts[0].start);
        self.copy(next, parts[0].end);
        self.replace(close, ")");
        close + 1
    }

    fn cast(&mut self, i: usize, close: usize) -> Option<usize> {
        let name = (i + 2..close).rev().find(|at| self.source.is(*at, "as"))?;
        self.copy_plain(i, i + 2);
        self.copy(i + 2, name + 1);
        let next = self.type_name(name + 1, close).unwrap_or(name + 1);
        self.copy(next, close);
        self.copy_plain(close, close + 1);
        Some(close + 1)
    }

    /// DATEADD, DATEDIFF, DATE_PART and DATE_TRUNC: a bare date part becomes a literal, and so that there is one way to
    /// read a literal date, it is a timestamp.
    fn date_call(&mut self, i: usize, close: usize, parts: &[Range<usize>]) -> usize {
        if self.source.is(i, "date_part") {
            self.copy_plain(i, i + 1);
        } else {
            self.shim(i);
        }
        self.copy_plain(i + 1, i + 2);
        match self.date_part(&parts[0]) {
            Some(unit) => self.replace(parts[0].start, &format!("'{unit}'")),
            None => self.part(&parts[0]),
        }
        for part in &parts[1..] {
            self.copy_plain(part.start - 1, part.start);
            self.part(part);
            if part.len() == 1 && self.source.kind(part.start) == Some(Kind::Text) {
                self.add(part.end, "::timestamp");
            }
        }
        self.copy_plain(close, close + 1);
        close + 1
    }

    /// The date part that one token names, with or without quotes.
    fn date_part(&self, part: &Range<usize>) -> Option<&'static str> {
        if part.len() != 1 {
            return None;
        }
        match self.source.kind(part.start)? {
            Kind::Word => dateparts::canonical(self.source.token(part.start)),
            Kind::Text => dateparts::canonical(&self.literal(part.start)?),
            _ => None,
        }
    }

    fn extract(&mut self, i: usize) -> Option<usize> {
        let unit = i + 2;
        let name =
            dateparts::canonical(self.source.token(unit)).filter(|_| self.source.is(unit + 1, "from"))?;
        if self.source.is(unit, name) {
            return None;
        }
        self.copy_plain(i, unit);
        self.replace(unit, name);
        Some(unit + 1)
    }

    /// LISTAGG, as an aggregate and over a window.
    fn listagg(&mut self, i: usize, to: usize, close: usize, parts: &[Range<usize>]) -> Option<usize> {
        let source = self.source;
        let distinct = source.is(i + 2, "distinct");
        let value = parts.first().map(|part| part.start + usize::from(distinct)..part.end)?;
        let order = source.are(close + 1, &["within", "group"]).then_some(close + 3);
        let order_close = match order {
            Some(open) => self.closing(open, to)?,
            None => close,
        };
        let over = source.is(order_close + 1, "over").then_some(order_close + 2);
        if over.is_some() && distinct {
            return None;
        }
        self.replace(i, "string_agg(");
        self.add(i + 2, if distinct { "DISTINCT (" } else { "(" });
        self.part(&value);
        self.add(i + 2, ")::text");
        match parts.get(1) {
            Some(separator) => {
                self.add(separator.start, ",");
                self.part(separator);
            }
            None => self.add(close, ", ''"),
        }
        let order = order.map(|open| open + 1..order_close);
        match (order, over) {
            (None, _) => {}
            (Some(order), None) => {
                self.add(order.start, " ");
                self.listagg_order(&order, &value, distinct);
            }
            (Some(order), Some(open)) => return self.listagg_over(i, to, &order, open),
        }
        self.add(order_close, ")");
        Some(order_close + 1)
    }

    /// PostgreSQL wants a DISTINCT aggregate ordered by what it aggregates, as text.
    fn listagg_order(&mut self, order: &Range<usize>, value: &Range<usize>, distinct: bool) {
        let source = self.source;
        let text =
            |range: Range<usize>| range.map(|i| source.token(i).to_ascii_lowercase()).collect::<Vec<_>>();
        let by = order.start + 2;
        if distinct && text(by..(by + value.len()).min(order.end)) == text(value.clone()) {
            self.copy_plain(order.start, by);
            self.add(by, " (");
            self.part(value);
            self.add(by, ")::text");
            return self.copy(by + value.len(), order.end);
        }
        self.part(order);
    }

    /// Over a window the order stands in the window, whose frame is then all of it.
    fn listagg_over(&mut self, i: usize, to: usize, order: &Range<usize>, open: usize) -> Option<usize> {
        let close = self.closing(open, to)?;
        self.add(i, ") OVER (");
        self.copy(open + 1, close);
        self.add(i, " ");
        self.part(order);
        self.add(i, " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)");
        Some(close + 1)
    }

    fn median(&mut self, i: usize, close: usize, value: &Range<usize>) -> usize {
        self.replace(i, "percentile_cont(0.5) WITHIN GROUP (ORDER BY ");
        self.part(value);
        self.replace(close, ")");
        close + 1
    }

    fn ratio(&mut self, i: usize, to: usize, close: usize) -> Option<usize> {
        let open = close + 2;
        let end = self.closing(open, to).filter(|_| self.source.is(close + 1, "over"))?;
        self.replace(i, "(");
        self.copy(i + 1, close + 1);
        self.add(i, "::float8 / NULLIF(sum");
        self.copy(i + 1, end + 1);
        self.add(i, ", 0))");
        Some(end + 1)
    }
}
