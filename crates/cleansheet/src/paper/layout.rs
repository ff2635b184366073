//! Lines and pages: where each block stands.

use pdf_writer::{Name, types::StructRole};

use super::{A4, Block, MARGIN, letters};

/// How a block looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Title,
    Heading,
    Text,
    Foot,
}

impl Style {
    pub(super) fn of(block: &Block) -> Self {
        match block {
            Block::Title(_) => Self::Title,
            Block::Heading(_) => Self::Heading,
            Block::Text(_) => Self::Text,
        }
    }

    pub(super) fn size(self) -> f32 {
        match self {
            Self::Title => 20.0,
            Self::Heading => 12.5,
            Self::Text => 10.5,
            Self::Foot => 8.5,
        }
    }

    fn is_bold(self) -> bool {
        matches!(self, Self::Title | Self::Heading)
    }

    pub(super) fn font(self) -> Name<'static> {
        if self.is_bold() { Name(b"B") } else { Name(b"R") }
    }

    /// From one line to the next.
    fn leading(self) -> f32 {
        self.size() * 1.35
    }

    /// Above the block.
    fn space(self) -> f32 {
        match self {
            Self::Title => 0.0,
            Self::Heading => 12.0,
            Self::Text | Self::Foot => 4.0,
        }
    }

    pub(super) fn tag(self) -> Name<'static> {
        match self {
            Self::Title => Name(b"H1"),
            Self::Heading => Name(b"H2"),
            Self::Text | Self::Foot => Name(b"P"),
        }
    }

    pub(super) fn role(self) -> StructRole {
        match self {
            Self::Title => StructRole::H1,
            Self::Heading => StructRole::H2,
            Self::Text | Self::Foot => StructRole::P,
        }
    }
}

/// One line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// In the codes of the fonts.
    pub(super) text: Vec<u8>,
    /// Points from the upper edge of the page to its base line.
    pub(super) down: f32,
}

/// What of one block stands on a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) block: usize,
    /// Its number on the page.
    pub(super) mark: usize,
    pub(super) style: Style,
    pub(super) lines: Vec<Line>,
}

/// One page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Page {
    pub(super) parts: Vec<Part>,
}

/// Puts the blocks onto pages. A heading is never the last thing on a page.
pub(super) fn pages(blocks: &[Block]) -> Vec<Page> {
    let mut pages = vec![Page::default()];
    let (end, mut down) = (A4.1 - MARGIN, MARGIN);
    for (index, block) in blocks.iter().enumerate() {
        let (Block::Title(text) | Block::Heading(text) | Block::Text(text)) = block;
        let style = Style::of(block);
        let needs = if style == Style::Text { style.leading() } else { 4.0 * style.leading() };
        if down + style.space() + needs > end {
            pages.push(Page::default());
            down = MARGIN;
        }
        if down > MARGIN {
            down += style.space();
        }
        for (number, text) in lines(text, style).into_iter().enumerate() {
            if down + style.leading() > end {
                pages.push(Page::default());
                down = MARGIN;
            }
            down += style.leading();
            put(&mut pages, (index, style), number == 0, Line { text, down });
        }
    }
    pages
}

fn put(pages: &mut [Page], (block, style): (usize, Style), first: bool, line: Line) {
    let Some(page) = pages.last_mut() else { return };
    match page.parts.last_mut().filter(|part| part.block == block && !first) {
        Some(part) => part.lines.push(line),
        None => page.parts.push(Part { block, mark: page.parts.len(), style, lines: vec![line] }),
    }
}

/// Breaks a text between words; a word wider than the page is cut.
fn lines(text: &str, style: Style) -> Vec<Vec<u8>> {
    let widest = A4.0 - 2.0 * MARGIN;
    let fits = |line: &[u8]| letters::width(line, style.is_bold(), style.size()) <= widest;
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    for word in letters::encode(text).split(|code| *code == b' ').filter(|word| !word.is_empty()) {
        let longer: Vec<u8> = if line.is_empty() { word.to_vec() } else { [&line[..], b" ", word].concat() };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for code in word {
            line.push(*code);
            if !fits(&line) {
                line.pop();
                lines.push(std::mem::replace(&mut line, vec![*code]));
            }
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::{Block, Style, lines, pages};

    #[test]
    fn a_long_text_goes_over_pages_and_loses_no_word() {
        let text = "seven words stand in this short sentence ".repeat(400);
        let pages = pages(&[Block::Title("A title".into()), Block::Text(text.clone())]);
        assert!(pages.len() > 2);
        let shown: Vec<u8> = pages
            .iter()
            .flat_map(|page| page.parts.iter().filter(|part| part.block == 1))
            .flat_map(|part| part.lines.iter().flat_map(|line| [&line.text[..], b" "].concat()))
            .collect();
        assert_eq!(String::from_utf8(shown).unwrap().trim(), text.trim());
        assert!(pages.iter().all(|page| page.parts.iter().enumerate().all(|(n, part)| part.mark == n)));
    }

    #[test]
    fn a_word_wider_than_the_page_is_cut() {
        let cut = lines(&"w".repeat(300), Style::Text);
        assert!(cut.len() > 3 && cut.iter().map(Vec::len).sum::<usize>() == 300);
    }
}
