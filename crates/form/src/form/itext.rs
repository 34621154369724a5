//! Texts in several languages.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::FormError;
use super::question::Chunk;
use super::read::Reader;
use crate::tree::{NodeId, NodeKind, Tree};

/// A picture, a sound or a film that belongs to a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Which file, as the XForm names it: `jr://images/door.jpg`.
    pub uri: String,
}

impl Media {
    /// The file's name: `door.jpg`.
    pub fn file(&self) -> &str {
        self.uri.rsplit('/').next().unwrap_or(&self.uri)
    }
}

/// What a medium is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// The same picture, large.
    BigImage,
    /// A sound.
    Audio,
    /// A film.
    Video,
}

impl MediaKind {
    /// By the name of the text's form.
    fn named(form: &str) -> Option<Self> {
        Some(match form {
            "image" => Self::Image,
            "big-image" => Self::BigImage,
            "audio" => Self::Audio,
            "video" => Self::Video,
            _ => return None,
        })
    }
}

/// The texts of one language.
#[derive(Debug)]
pub struct Translation {
    language: String,
    texts: BTreeMap<String, Translated>,
}

/// One text in one language.
#[derive(Debug)]
pub(crate) struct Translated {
    /// Where it stands in the XForm.
    pub(crate) node: NodeId,
    /// What is read.
    pub(crate) chunks: Vec<Chunk>,
    /// What helps those who ask for more.
    pub(crate) guidance: Vec<Chunk>,
    /// What is shown or played with it.
    pub(crate) media: Arc<[Media]>,
}

impl Translation {
    /// What the form calls the language.
    pub fn language(&self) -> &str {
        &self.language
    }

    pub(crate) fn text(&self, id: &str) -> Option<&Translated> {
        self.texts.get(id)
    }

    /// Whether any text has a medium.
    pub(super) fn has_media(&self) -> bool {
        self.texts.values().any(|text| !text.media.is_empty())
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &Translated)> {
        self.texts.iter().map(|(id, text)| (&**id, text))
    }
}

/// Reads `<itext>`, the default language first.
pub(super) fn translations(reader: &Reader<'_>, model: NodeId) -> Result<Vec<Translation>, FormError> {
    let tree = reader.tree;
    let mut found = Vec::new();
    let itexts = tree
        .elements(model)
        .filter(|node| &*tree.name(*node).local == "itext");
    for node in itexts.flat_map(|itext| tree.elements(itext)) {
        let Some(language) = tree.attribute(node, "lang") else {
            continue;
        };
        let mut texts = BTreeMap::new();
        for text in tree.elements(node) {
            if let Some(id) = tree.attribute(text, "id") {
                texts.insert(id.to_owned(), translated(reader, text)?);
            }
        }
        let translation = Translation {
            language: language.to_owned(),
            texts,
        };
        if tree.attribute(node, "default").is_some() {
            found.insert(0, translation);
        } else {
            found.push(translation);
        }
    }
    Ok(found)
}

fn translated(reader: &Reader<'_>, node: NodeId) -> Result<Translated, FormError> {
    let tree = reader.tree;
    let mut text = Translated {
        node,
        chunks: Vec::new(),
        guidance: Vec::new(),
        media: Arc::default(),
    };
    let mut media = Vec::new();
    let mut short = Vec::new();
    let mut is_plain = false;
    for value in tree.elements(node) {
        match tree.attribute(value, "form") {
            None => {
                is_plain = true;
                text.chunks.extend(chunks(reader, value)?);
            }
            Some("guidance") => text.guidance.extend(chunks(reader, value)?),
            Some(form) => match MediaKind::named(form) {
                Some(kind) => media.push(Media {
                    kind,
                    uri: tree.value(value).trim().to_owned(),
                }),
                None => short.extend(chunks(reader, value)?),
            },
        }
    }
    if !is_plain {
        text.chunks = short;
    }
    text.media = media.into();
    Ok(text)
}

/// The pieces of a text: what stands there and `<output/>`.
pub(super) fn chunks(reader: &Reader<'_>, node: NodeId) -> Result<Vec<Chunk>, FormError> {
    let tree: &Tree = reader.tree;
    let mut found = Vec::new();
    for child in tree.children(node) {
        match tree.kind(child) {
            NodeKind::Text => found.push(Chunk::Literal(tree.own_value(child).to_owned())),
            NodeKind::Element => {
                if let Some(value) = tree
                    .attribute(child, "value")
                    .or_else(|| tree.attribute(child, "ref"))
                {
                    found.push(Chunk::Output(reader.expression("", "output", value)?));
                }
            }
            _ => {}
        }
    }
    Ok(found)
}
