//! As much of the protocol buffers' wire format as the repair of a graph needs: fields in, fields out, order kept.
//!
//! Source: Google, *Protocol Buffers: Encoding*.

/// A message, as its fields in the order they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Message(pub(super) Vec<Field>);

/// One field: its number and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) value: Value,
}

/// What a field holds, by wire type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(Vec<u8>),
    Fixed32([u8; 4]),
}

impl Message {
    /// Reads a message; `None` when the bytes are none.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes)?;
            let value = match key & 7 {
                0 => Value::Varint(varint(&mut bytes)?),
                1 => Value::Fixed64(take(&mut bytes, 8)?.try_into().ok()?),
                2 => {
                    let length = usize::try_from(varint(&mut bytes)?).ok()?;
                    Value::Bytes(take(&mut bytes, length)?.to_vec())
                }
                5 => Value::Fixed32(take(&mut bytes, 4)?.try_into().ok()?),
                _ => return None,
            };
            fields.push(Field { number: u32::try_from(key >> 3).ok()?, value });
        }
        Some(Self(fields))
    }

    /// The bytes of the message.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for field in &self.0 {
            let wire = match field.value {
                Value::Varint(_) => 0,
                Value::Fixed64(_) => 1,
                Value::Bytes(_) => 2,
                Value::Fixed32(_) => 5,
            };
            put_varint(&mut out, u64::from(field.number) << 3 | wire);
            match &field.value {
                Value::Varint(number) => put_varint(&mut out, *number),
                Value::Fixed64(bytes) => out.extend_from_slice(bytes),
                Value::Fixed32(bytes) => out.extend_from_slice(bytes),
                Value::Bytes(bytes) => {
                    put_varint(&mut out, bytes.len() as u64);
                    out.extend_from_slice(bytes);
                }
            }
        }
        out
    }

    /// Everything under a number that has bytes.
    pub(super) fn bytes(&self, number: u32) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |field| field.number == number).filter_map(|field| match &field.value {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// Everything under a number that is text.
    pub(super) fn texts(&self, number: u32) -> impl Iterator<Item = &str> {
        self.bytes(number).filter_map(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The first text under a number; empty when there is none.
    pub(super) fn text(&self, number: u32) -> &str {
        self.texts(number).next().unwrap_or_default()
    }

    /// The message under a number.
    pub(super) fn message(&self, number: u32) -> Option<Self> {
        self.bytes(number).next().and_then(Self::read)
    }

    /// Every whole number under a number, packed or not.
    pub(super) fn numbers(&self, number: u32) -> Vec<u64> {
        let mut found = Vec::new();
        for field in self.0.iter().filter(|field| field.number == number) {
            match &field.value {
                Value::Varint(value) => found.push(*value),
                Value::Bytes(packed) => {
                    let mut packed = packed.as_slice();
                    while let Some(value) = varint(&mut packed) {
                        found.push(value);
                    }
                }
                Value::Fixed32(_) | Value::Fixed64(_) => {}
            }
        }
        found
    }

    /// Adds bytes at the end.
    pub(super) fn push(&mut self, number: u32, bytes: impl Into<Vec<u8>>) {
        self.0.push(Field { number, value: Value::Bytes(bytes.into()) });
    }

    /// Puts bytes in the place of the first field with a number, or at the end.
    pub(super) fn set(&mut self, number: u32, bytes: Vec<u8>) {
        match self.0.iter_mut().find(|field| field.number == number) {
            Some(field) => field.value = Value::Bytes(bytes),
            None => self.push(number, bytes),
        }
    }
}

fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Field, Message, Value};

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<u64>().prop_map(Value::Varint),
            any::<[u8; 8]>().prop_map(Value::Fixed64),
            any::<[u8; 4]>().prop_map(Value::Fixed32),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(fields in proptest::collection::vec((1_u32..1 << 28, value()), 0..20)) {
            let message = Message(fields.into_iter().map(|(number, value)| Field { number, value }).collect());
            prop_assert_eq!(Message::read(&message.write()), Some(message));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Message::read(&bytes);
        }
    }
}
