//! Owns the short hashes in names of images, volumes and machines.
//! Must not know: what is hashed.

use sha2::{Digest, Sha256};

/// How many hexadecimal digits a name gets.
const DIGITS: usize = 12;

/// Collects what a thing is made of.
#[derive(Debug, Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    /// One more thing. Fields cannot run into each other.
    pub(super) fn field(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// The hash of all of it.
    pub(super) fn finish(self) -> String {
        let mut text: String = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(DIGITS);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(fields: &[&str]) -> String {
        let mut hasher = Hasher::default();
        fields.iter().for_each(|field| hasher.field(field));
        hasher.finish()
    }

    #[test]
    fn fields_count_apart() {
        assert_eq!(hash(&["a", "b"]), hash(&["a", "b"]));
        assert_ne!(hash(&["a", "b"]), hash(&["ab"]));
        assert_ne!(hash(&["a", "b"]), hash(&["ab", ""]));
        assert_eq!(hash(&[]), "e3b0c44298fc", "SHA-256 of nothing");
    }
}
