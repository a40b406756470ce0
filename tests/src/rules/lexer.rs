//! Just enough of Rust's lexer to blank out what is not code: comments, strings, characters, and test modules.
//!
//! Blanked text keeps its length and its line breaks, so that an offset still gives the right line.

/// `text` with comments and the contents of string and character literals replaced by blanks.
pub(super) fn code_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment_len(rest),
            '"' => string_len(rest),
            '\'' => char_len(rest),
            'r' | 'b' | 'c' if !ends_with_word(&out) => raw_or_byte_string_len(rest),
            _ => 0,
        };
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        blank(&rest[..length], &mut out);
        rest = &rest[length..];
    }
    out
}

/// Code without its `#[cfg(test)]` items.
pub(super) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        let length = MARK.len() + item_len(&rest[at + MARK.len()..]);
        blank(&rest[at..at + length], &mut out);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// 1-based line of a byte offset.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].bytes().filter(|&byte| byte == b'\n').count()
}

/// Offsets at which `word` stands as a whole: with a boundary at each end that is a letter, digit or `_`.
pub(super) fn word_offsets<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let open = !word.starts_with(is_word) || !ends_with_word(&code[..at]);
        let close = !word.ends_with(is_word) || !code[at + word.len()..].starts_with(is_word);
        open && close
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn ends_with_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_word)
}

fn blank(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            _ => (0..c.len_utf8()).for_each(|_| out.push(' ')),
        }
    }
}

fn block_comment_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Length of a character literal, or 0 for a lifetime.
fn char_len(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(0, |end| end + 4),
        Some((_, c)) if text[1 + c.len_utf8()..].starts_with('\'') => 2 + c.len_utf8(),
        _ => 0,
    }
}

/// Length of `r"…"`, `r#"…"#`, `b"…"`, `b'…'`, `br#"…"#`, `c"…"`, or 0 for an ordinary word.
fn raw_or_byte_string_len(text: &str) -> usize {
    let prefix = text.find(|c| !matches!(c, 'r' | 'b' | 'c')).unwrap_or(text.len());
    let rest = &text[prefix..];
    if !text[..prefix].ends_with('r') {
        return match rest.chars().next() {
            Some('"') => prefix + string_len(rest),
            Some('\'') if &text[..prefix] == "b" => prefix + char_len(rest),
            _ => 0,
        };
    }
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if !rest[hashes..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let body = prefix + hashes + 1;
    text[body..].find(&close).map_or(text.len(), |end| body + end + close.len())
}

/// Length of the item at the start of `code` (attributes included): up to its `;`, or its closing brace.
fn item_len(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && c == '}' {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let code = code_only(text);
        assert_eq!(code.len(), text.len(), "length of {text:?}");
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expect, "{text:?}");
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check("a \"b // c\" d", "a d");
        check(r#"a "b\"c" d"#, "a d");
        check(r##"a r#"b "c" "# d"##, "a d");
        check("a b'\\'' c", "a c");
        check("let x = '\"'; y", "let x = ; y");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("color r var b bar", "color r var b bar");
        check("'\\u{1F600}' z", "z");
        check("'ä' z \"ü", "z");
    }

    #[test]
    fn test_items_are_blanked() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { x[0]; }\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nfn e() {}";
        let kept = without_tests(code);
        assert_eq!(kept.split_whitespace().collect::<String>(), "fna(){}fnc(){}fne(){}");
        assert_eq!(line_of(&kept, kept.find("fn c").expect("kept")), 6);
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(word_offsets("tokio_util tokio::x my_tokio", "tokio").collect::<Vec<_>>(), [11]);
        assert_eq!(word_offsets("x.unwrap() unwrap_or", ".unwrap()").collect::<Vec<_>>(), [1]);
    }
}
