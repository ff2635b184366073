//! Signed papers: text as a PDF that says what a page says, with a signature that every reader of PDF can check.
//!
//! The standard fonts show what Western Europe writes; for a letter they have not stands the nearest one, or `?`. Text is tagged, so that a
//! screen reader finds headings and paragraphs. The signature is a detached CMS over everything but itself (ISO 32000-1,
//! 12.8), by a key of the trust with a certificate of its own making.

mod der;
mod layout;
mod letters;
mod seal;

use std::collections::BTreeMap;

use jiff::Timestamp;
use pdf_writer::{
    Content, Date, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{AnnotationFlags, AnnotationType, ArtifactType, FieldType, SigFlags, StructRole},
};

use layout::{Line, Page, Style, pages};
pub use seal::{Seal, SealError};

/// A4 in points, and its margin.
const A4: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 57.0;
/// Bytes kept free for the signature; it has about 900.
const ROOM: usize = 2_048;
/// What stands where the byte range comes: wider than any number of bytes.
const RANGE: i32 = 1_999_999_999;

/// One paragraph or heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// The one title.
    Title(String),
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
}

/// What is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// As the window of a reader shows it.
    pub title: String,
    /// Whose it is.
    pub trust: String,
    /// At the foot of every page, before its number.
    pub foot: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

impl Paper {
    /// The PDF, signed at an instant.
    pub fn signed(&self, seal: &Seal, at: Timestamp) -> Result<Vec<u8>, SealError> {
        seal.sign(self.unsigned(at), at)
    }

    /// The letters in it that its fonts have not, with what stands for them.
    pub fn replaced(&self) -> BTreeMap<char, String> {
        let texts = self.blocks.iter().map(|block| match block {
            Block::Title(text) | Block::Heading(text) | Block::Text(text) => text,
        });
        texts.chain([&self.foot]).flat_map(|text| letters::replaced(text)).collect()
    }

    /// The PDF with room for a signature.
    fn unsigned(&self, at: Timestamp) -> Vec<u8> {
        let pages = pages(&self.blocks);
        let ids = Ids::new(pages.len(), self.blocks.len());
        let mut pdf = Pdf::new();
        self.frame(&mut pdf, &ids, at);
        let place = |index: usize| ids.pages.get(index).copied().unwrap_or(ids.tree);
        for (number, page) in pages.iter().enumerate() {
            let content = self.content(page, number + 1, pages.len());
            pdf.stream(ids.contents.get(number).copied().unwrap_or(ids.tree), &content);
            let mut written = pdf.page(place(number));
            written.parent(ids.tree).contents(ids.contents.get(number).copied().unwrap_or(ids.tree));
            written.media_box(Rect::new(0.0, 0.0, A4.0, A4.1));
            written.struct_parents(i32::try_from(number).unwrap_or_default());
            if number == 0 {
                written.annotations([ids.field]);
            }
            let mut resources = written.resources();
            let mut fonts = resources.fonts();
            fonts.pair(Name(b"R"), ids.regular).pair(Name(b"B"), ids.bold);
        }
        tags(&mut pdf, &ids, &pages, &self.blocks);
        self.room_for_a_signature(&mut pdf, &ids, at);
        pdf.finish()
    }

    /// Catalogue, fonts, title.
    fn frame(&self, pdf: &mut Pdf, ids: &Ids, at: Timestamp) {
        let mut catalog = pdf.catalog(ids.catalog);
        catalog.pages(ids.tree).lang(TextStr("en-GB"));
        catalog.viewer_preferences().display_doc_title(true);
        catalog.mark_info().marked(true);
        catalog.pair(Name(b"StructTreeRoot"), ids.structure);
        catalog.form().fields([ids.field]).sig_flags(SigFlags::SIGNATURES_EXIST | SigFlags::APPEND_ONLY);
        catalog.finish();
        pdf.pages(ids.tree)
            .kids(ids.pages.iter().copied())
            .count(i32::try_from(ids.pages.len()).unwrap_or(0));
        for (id, name) in [(ids.regular, &b"Helvetica"[..]), (ids.bold, &b"Helvetica-Bold"[..])] {
            pdf.type1_font(id).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        let mut info = pdf.document_info(ids.info);
        info.title(TextStr(&self.title)).author(TextStr(&self.trust)).creation_date(date(at));
        info.producer(TextStr("Cleansheet"));
    }

    /// The drawing of one page.
    fn content(&self, page: &Page, number: usize, of: usize) -> Vec<u8> {
        let mut content = Content::new();
        for part in &page.parts {
            let mut marked = content.begin_marked_content_with_properties(part.style.tag());
            marked.properties().identify(i32::try_from(part.mark).unwrap_or_default());
            marked.finish();
            for Line { text, down } in &part.lines {
                show(&mut content, part.style, *down, text);
            }
            content.end_marked_content();
        }
        let mut marked = content.begin_marked_content_with_properties(Name(b"Artifact"));
        marked.properties().artifact().kind(ArtifactType::Pagination);
        marked.finish();
        let foot = letters::encode(&format!("{} · page {number} of {of}", self.foot));
        show(&mut content, Style::Foot, A4.1 - MARGIN / 2.0, &foot);
        content.end_marked_content();
        content.finish().into_vec()
    }

    fn room_for_a_signature(&self, pdf: &mut Pdf, ids: &Ids, at: Timestamp) {
        let mut field = pdf.form_field(ids.field);
        field.field_type(FieldType::Signature).partial_name(TextStr("Signature"));
        field.pair(Name(b"V"), ids.signature);
        let mut widget = field.into_annotation();
        widget.subtype(AnnotationType::Widget).rect(Rect::new(0.0, 0.0, 0.0, 0.0));
        widget.page(ids.pages.first().copied().unwrap_or(ids.tree));
        widget.flags(AnnotationFlags::PRINT | AnnotationFlags::LOCKED);
        widget.contents(TextStr("Signature of the trust"));
        widget.finish();
        let mut signature = pdf.indirect(ids.signature).dict();
        signature.pair(Name(b"Type"), Name(b"Sig"));
        signature.pair(Name(b"Filter"), Name(b"Adobe.PPKLite"));
        signature.pair(Name(b"SubFilter"), Name(b"adbe.pkcs7.detached"));
        signature.insert(Name(b"ByteRange")).array().items([0, RANGE, RANGE, RANGE]);
        signature.pair(Name(b"Contents"), Str(&[0xff; ROOM]));
        signature.pair(Name(b"Name"), TextStr(&self.trust));
        signature.pair(Name(b"Reason"), TextStr("This is the policy as this trust’s program holds it"));
        signature.pair(Name(b"M"), date(at));
    }
}

/// The numbers of the objects in the file.
struct Ids {
    catalog: Ref,
    tree: Ref,
    info: Ref,
    regular: Ref,
    bold: Ref,
    field: Ref,
    signature: Ref,
    structure: Ref,
    document: Ref,
    pages: Vec<Ref>,
    contents: Vec<Ref>,
    /// For each page, which elements its marks belong to.
    parents: Vec<Ref>,
    blocks: Vec<Ref>,
}

impl Ids {
    fn new(pages: usize, blocks: usize) -> Self {
        let mut next = Ref::new(1);
        let mut bump = || next.bump();
        Self {
            catalog: bump(),
            tree: bump(),
            info: bump(),
            regular: bump(),
            bold: bump(),
            field: bump(),
            signature: bump(),
            structure: bump(),
            document: bump(),
            pages: (0..pages).map(|_| bump()).collect(),
            contents: (0..pages).map(|_| bump()).collect(),
            parents: (0..pages).map(|_| bump()).collect(),
            blocks: (0..blocks).map(|_| bump()).collect(),
        }
    }
}

fn show(content: &mut Content, style: Style, down: f32, text: &[u8]) {
    content.begin_text().set_font(style.font(), style.size()).next_line(MARGIN, A4.1 - down);
    content.show(Str(text)).end_text();
}

/// The tree of tags: one element a block, with the marks that its lines have on each page.
fn tags(pdf: &mut Pdf, ids: &Ids, pages: &[Page], blocks: &[Block]) {
    let mut root = pdf.indirect(ids.structure).start::<pdf_writer::writers::StructTreeRoot<'_>>();
    root.child(ids.document);
    let mut parents = root.parent_tree();
    let mut numbers = parents.nums();
    for (number, list) in (0..).zip(&ids.parents) {
        numbers.insert(number, *list);
    }
    numbers.finish();
    parents.finish();
    root.finish();
    for (page, list) in pages.iter().zip(&ids.parents) {
        let of_page = page.parts.iter().filter_map(|part| ids.blocks.get(part.block).copied());
        pdf.indirect(*list).array().items(of_page);
    }
    let mut document = pdf.struct_element(ids.document);
    document.kind(StructRole::Document).parent(ids.structure);
    let mut children = document.children();
    for id in &ids.blocks {
        children.struct_element(*id);
    }
    children.finish();
    document.finish();
    for (index, (block, id)) in blocks.iter().zip(&ids.blocks).enumerate() {
        let mut element = pdf.struct_element(*id);
        element.kind(Style::of(block).role()).parent(ids.document);
        let mut children = element.children();
        for (page, page_id) in pages.iter().zip(&ids.pages) {
            for part in page.parts.iter().filter(|part| part.block == index) {
                let mark = i32::try_from(part.mark).unwrap_or_default();
                children.marked_content_ref().page(*page_id).marked_content_id(mark);
            }
        }
    }
}

fn date(at: Timestamp) -> Date {
    let at = at.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    Date::new(u16::try_from(at.year()).unwrap_or_default())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, process::Command};

    use cleansheet_terms::SeededEntropy;

    use super::{Block, Paper, Seal};
    use crate::keys::Keys;

    fn paper() -> Paper {
        let blocks = (0..60).flat_map(|number| {
            [
                Block::Heading(format!("Clause {number}")),
                Block::Text("Nothing “foul” appears – on any site. ".repeat(4)),
            ]
        });
        let blocks = std::iter::once(Block::Title("The policy".into())).chain(blocks).collect();
        Paper {
            title: "The policy".into(),
            trust: "Rivermead Town".into(),
            foot: "Version abc".into(),
            blocks,
        }
    }

    fn seal(folder: &Path, seed: u64) -> Seal {
        let keys =
            Keys::open(&folder.join(format!("{seed}.keys")), true, &mut SeededEntropy::new(seed)).unwrap();
        Seal::new(&keys.secrets, "Rivermead Town")
    }

    /// What the signature covers, and the signature.
    fn parts(pdf: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let text = String::from_utf8_lossy(pdf);
        let range = text.split("/ByteRange").nth(1).unwrap();
        let range = range.split(['[', ']']).nth(1).unwrap();
        let numbers: Vec<usize> = range.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let [from, length, after, rest] = numbers[..] else { panic!("{range}") };
        assert_eq!((from, after + rest), (0, pdf.len()), "everything but the signature");
        let hex = std::str::from_utf8(&pdf[length + 1..after - 1]).unwrap();
        let bytes =
            (0..hex.len() / 2).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect();
        ([&pdf[..length], &pdf[after..]].concat(), bytes)
    }

    /// Asks OpenSSL, which knows nothing of us but the certificate.
    fn openssl_says(folder: &Path, seal: &Seal, (signed, signature): (&[u8], &[u8])) -> Result<(), String> {
        let file = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
        file("signed", signed);
        file("signature", signature);
        file("certificate", seal.certificate());
        let run = |words: &[&str]| {
            let ran = Command::new("openssl").args(words).current_dir(folder).output().unwrap();
            if ran.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
        };
        run(&["x509", "-inform", "DER", "-in", "certificate", "-out", "certificate.pem"])?;
        // The bytes behind the signature are room: OpenSSL reads as much as the outermost length says.
        run(&[
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "signature",
            "-content",
            "signed",
            "-CAfile",
            "certificate.pem",
            "-certfile",
            "certificate.pem",
            "-purpose",
            "any",
            "-out",
            "/dev/null",
        ])
    }

    #[test]
    fn openssl_verifies_the_signature_and_refuses_a_changed_byte_and_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (seal(folder.path(), 1), seal(folder.path(), 2));
        let pdf = paper().signed(&ours, "2026-11-26T11:00:00Z".parse().unwrap()).unwrap();
        let (mut signed, signature) = parts(&pdf);
        assert_eq!(openssl_says(folder.path(), &ours, (&signed, &signature)), Ok(()));
        assert!(openssl_says(folder.path(), &other, (&signed, &signature)).is_err());
        signed[200] ^= 1;
        assert!(openssl_says(folder.path(), &ours, (&signed, &signature)).is_err());
    }

    #[test]
    fn a_kept_copy_of_an_older_key_file_signs_as_the_file_in_use_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.keys");
        let seal =
            |seed| Seal::new(&Keys::open(&path, true, &mut SeededEntropy::new(seed)).unwrap().secrets, "T");
        let before = seal(1);
        let kept = fs::read_to_string(&path).unwrap();
        assert_eq!(kept.lines().count(), 5, "no line of its own: {kept}");
        assert_eq!(seal(2).fingerprint(), before.fingerprint());
    }

    #[test]
    fn a_paper_has_its_title_its_language_its_tags_and_its_pages() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-11-26T11:00:00Z".parse().unwrap();
        let pdf = paper().signed(&seal(folder.path(), 1), at).unwrap();
        let text = String::from_utf8_lossy(&pdf);
        for part in [
            "/Lang (en-GB)",
            "/Title (The policy)",
            "/DisplayDocTitle true",
            "/Marked true",
            "/StructTreeRoot",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.matches("/Type /Page\n").count() > 5);
        assert_eq!(pdf, paper().signed(&seal(folder.path(), 1), at).unwrap(), "the same every time");
    }
}
