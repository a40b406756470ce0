//! Cutting long texts so that readers see that and how much was cut. Owns the wording.

/// The text, or its first `chars_max` characters and a note of how long it was.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    let Some((at, _)) = text.char_indices().nth(chars_max) else { return text.to_owned() };
    format!("{}{}", &text[..at], note(text))
}

/// The same for a chat, where `<`, `>` and `&` are spelled out, so that nobody's data can mention a whole channel, and
/// nothing ends a block of code. Of `chars_max` characters, the note not counted.
pub(super) fn cut_for_chat(text: &str, chars_max: usize) -> String {
    let mut shown = String::new();
    let mut left = chars_max;
    for character in text.chars() {
        let spelled = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '`' => "'",
            _ => "",
        };
        let length = if spelled.is_empty() { 1 } else { spelled.len() };
        if length > left {
            shown.push_str(&note(text));
            return shown;
        }
        left -= length;
        if spelled.is_empty() { shown.push(character) } else { shown.push_str(spelled) }
    }
    shown
}

fn note(text: &str) -> String {
    format!("… [cut: {} characters in all]", text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_say_what_was_cut() {
        assert_eq!(cut("näh", 3), "näh");
        assert_eq!(cut("näher", 3), "näh… [cut: 5 characters in all]");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn chats_get_no_markup_from_data() {
        let check = |text: &str, chars_max: usize, expect: &str| {
            assert_eq!(cut_for_chat(text, chars_max), expect, "{text} {chars_max}");
        };
        check("<!channel> & `x`", 100, "&lt;!channel&gt; &amp; 'x'");
        check("```", 3, "'''");
        check("a<b", 5, "a&lt;… [cut: 3 characters in all]");
        check("a<b", 4, "a… [cut: 3 characters in all]");
    }
}
