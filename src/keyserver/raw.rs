//! Keys without a server: raw ones.

use super::secret::Secret;
use super::service::{Address, Field, KeyService, Kind};
use super::{Ask, Outcome, Request, Response, Service};
use crate::cpix::{KeySet, TrackKey};
use crate::error::{Code, Error, Result};
use crate::keys::{ContentKey, KeyId, KeyPair, parse_hex};

/// What is known of the service.
pub(super) const ABOUT: KeyService = KeyService {
    name: "raw",
    title: "Raw keys",
    address: Address::None,
    takes: &[],
    fields: &[KEYS],
    make: |fields| Ok(Box::new(RawKeys(fields.needed(&KEYS)?))),
};

const KEYS: Field = Field {
    kind: Kind::Document,
    ..Field::text(
        "keys",
        "Raw keys",
        "Keys, one a line or with commas between: label=HD:key_id=…:key=…, and :iv=… where it has one.",
    )
    .secret()
    .required()
};

/// Keys as Shaka Packager's `--keys` takes them: `label=SD:key_id=…:key=…:iv=…`, with commas between.
struct RawKeys(Secret);

impl Service for RawKeys {
    fn request(&self, _: &Ask) -> Result<Option<Request>> {
        Ok(None)
    }

    fn response(&self, ask: &Ask, _: &Response) -> Result<Outcome> {
        let content_id = Some(ask.content_id.clone()).filter(|id| !id.is_empty());
        let keys = self.0.expose().split([',', '\n']).filter(|entry| !entry.trim().is_empty()).map(raw_key);
        let keys: Vec<_> = keys.collect::<Result<_>>()?;
        if keys.is_empty() {
            return Err(Error::new(Code::OptionMissing, message!("no key is given")).option(KEYS.name));
        }
        Ok(Outcome::Keys(KeySet { content_id, keys, systems: Vec::new() }))
    }
}

fn raw_key(entry: &str) -> Result<TrackKey> {
    let (mut label, mut kid, mut key, mut iv) = (None, None, None, None);
    for part in entry.trim().split(':') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match name {
            "label" => label = Some(value.to_owned()).filter(|label| !label.is_empty()),
            "key_id" => kid = Some(KeyId::parse(value).map_err(|error| error.option(KEYS.name))?),
            "key" => key = Some(ContentKey::parse(value).map_err(|error| error.option(KEYS.name))?),
            "iv" => iv = Some(parse_hex(value).and_then(|iv| iv.try_into().ok()).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        }
    }
    let (Some(kid), Some(key)) = (kid, key) else { return Err(wrong()) };
    Ok(TrackKey { label, iv, ..TrackKey::of_all_tracks(KeyPair { kid, key }) })
}

fn wrong() -> Error {
    Error::new(
        Code::KeyInvalid,
        message!("a raw key is written label=LABEL:key_id=HEX:key=HEX, and :iv=HEX where it has one"),
    )
    .option(KEYS.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_keys_in_shaka_packagers_form() {
        let key =
            raw_key("label=HD:key_id=cbbc38b6b50dab53f8263e06b7382aa3:key=959dbd673980e1d1bdf2d36209495f4e").unwrap();
        assert_eq!((key.label.as_deref(), key.pair.kid.0[0]), (Some("HD"), 0xcb));
        for wrong in ["label=HD:key_id=cbbc38b6b50dab53f8263e06b7382aa3", "key_id=1:key=2", "HD"] {
            assert_eq!(raw_key(wrong).unwrap_err().place.option.as_deref(), Some("keys"), "{wrong}");
        }
    }
}
