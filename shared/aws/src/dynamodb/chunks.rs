//! Long texts in the versions table: cut into pieces, each compressed by itself into an item of its own. Owns the cutting, and
//! the order of writing which makes a text appear whole: its first piece is written last. A text is named by its content, so
//! that a piece which is there already is the same piece, whichever release compressed it.

use std::io::{Read, Write};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use fleet_core::ids::WorkflowId;

use super::Store;
use super::fault::Fault;
use super::layout::{Item, attribute, key, number, part, text};
use super::read::{Freshness, Order, Query};
use super::rows::number_of;
use super::write::{Expression, put};

/// Bytes of a piece before it is compressed: even one that cannot be compressed fits an item of 400 KB, with its key.
const PIECE_BYTES: usize = 350_000;

impl Store {
    /// Stores the text under this name, unless it is there.
    pub(super) async fn keep_text(
        &self,
        workflow: &WorkflowId,
        name: &str,
        whole: &[u8],
    ) -> Result<(), Fault> {
        if self.get(self.versions_table(), part_key(workflow, name, 0)).await?.is_some() {
            return Ok(());
        }
        let pieces: Vec<&[u8]> = whole.chunks(PIECE_BYTES).collect();
        for (number, piece) in pieces.iter().enumerate().rev() {
            let item =
                piece_item(part_key(workflow, name, number), piece, (number == 0).then_some(pieces.len()))?;
            let absent = Expression::new("attribute_not_exists(body)");
            self.commit(vec![put(self.versions_table(), item, absent)]).await?;
        }
        Ok(())
    }

    /// The text of this name, if it is there.
    pub(super) async fn kept_text(
        &self,
        workflow: &WorkflowId,
        name: &str,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let keys = Expression::new("workflow_id = :workflow AND begins_with(part, :name)")
            .value(":workflow", text(workflow.as_str()))
            .value(":name", text(format!("{name}#")));
        let query = Query {
            table: self.versions_table().to_owned(),
            index: None,
            keys,
            order: Order::Rising,
            freshness: Freshness::Consistent,
        };
        let pieces = self.pages(&query, usize::MAX).await?;
        // Without its first piece it is still being written.
        let Some(count) = pieces.first().filter(|first| first.contains_key(attribute::CHUNKS)) else {
            return Ok(None);
        };
        if number_of(count, attribute::CHUNKS)? != pieces.len() as u64 {
            return Err(Fault::unreadable(format_args!(
                "pieces of {name} of workflow {workflow} are missing"
            )));
        }
        let mut whole = Vec::new();
        for piece in &pieces {
            let Some(AttributeValue::B(body)) = piece.get(attribute::BODY) else {
                return Err(Fault::unreadable(format_args!(
                    "a piece of {name} of workflow {workflow} is empty"
                )));
            };
            ZlibDecoder::new(body.as_ref()).read_to_end(&mut whole).map_err(Fault::unreadable)?;
        }
        Ok(Some(whole))
    }
}

fn part_key(workflow: &WorkflowId, name: &str, number: usize) -> Item {
    key((attribute::WORKFLOW, workflow.as_str()), (attribute::PART, &part(name, number)))
}

fn piece_item(mut item: Item, piece: &[u8], count: Option<usize>) -> Result<Item, Fault> {
    item.insert(attribute::BODY.to_owned(), AttributeValue::B(Blob::new(compressed(piece)?)));
    if let Some(count) = count {
        item.insert(attribute::CHUNKS.to_owned(), number(count as u64));
    }
    Ok(item)
}

fn compressed(piece: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(piece).and_then(|()| encoder.finish());
    written.map_err(|error| Fault::Refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_cannot_be_compressed_fits_an_item() {
        let noise = noise_of(PIECE_BYTES);
        let packed = compressed(&noise).unwrap();
        assert!((PIECE_BYTES / 2..400_000 - 2_000).contains(&packed.len()), "{}", packed.len());
        let mut read = Vec::new();
        ZlibDecoder::new(packed.as_slice()).read_to_end(&mut read).unwrap();
        assert_eq!(noise, read);
    }

    /// Bytes without a pattern, the same in each run.
    fn noise_of(count: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        };
        (0..count).map(|_| next()).collect()
    }
}
