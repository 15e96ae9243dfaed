//! `drm.ts`: the DRM systems.

use tabpack::cenc::Scheme;
use tabpack::drm::{IDENTITY_KEYS, KEYS_AS_URIS, Options, System};
use tabpack::keys::uuid;
use tabpack::options::Shape;

use super::typescript::{doc, head, interface, list, string, union};

pub(super) fn text() -> String {
    let mut out = head("The DRM systems that are known by name.", "src/drm");
    out += &doc("", "A DRM system that is known by name.");
    out += &format!("export type DrmSystem = {};\n\n", union(System::ALL.iter().map(|system| system.as_str())));
    out += "/**
 * A `pssh` that is given: whole boxes, or the data of one, in hexadecimal digits, base64 or base64url. In front of data
 * the system may be named, by its name or UUID: `wiseplay:eyJ2…`. A PlayReady Object and a Widevine message are known
 * without.
 */
export type GivenPssh = string;

";
    out += &interface(&Options::table(), &mut Vec::new());
    out += "/** What is known of a DRM system. */
export interface DrmSystemInfo {
  readonly name: DrmSystem;
  /** What people call it. */
  readonly title: string;
  /** The UUIDs that its `pssh` boxes and descriptors are found with; the first is the one that is written. */
  readonly ids: readonly string[];
  /** The schemes that it decrypts. */
  readonly schemes: readonly string[];
  /** The `KEYFORMAT` of its keys in playlists; `null` for a system that no playlist names. */
  readonly keyFormat: string | null;
  /** Whether its data must be given, since it can't be made. */
  readonly needsData: boolean;
}

/** Every system, in the order in which manifests list them. */
export const DRM_SYSTEMS: readonly DrmSystemInfo[] = [
";
    for system in System::ALL {
        let about = system.about();
        let ids: Vec<String> = about.ids.iter().map(uuid).collect();
        out += &format!(
            "  {{ name: {}, title: {}, ids: {}, schemes: {}, keyFormat: {}, needsData: {} }},\n",
            string(system.as_str()),
            string(about.title),
            list(ids.iter().map(String::as_str)),
            list(about.schemes.iter().copied().map(Scheme::as_str)),
            about.key_format.map_or_else(|| "null".to_owned(), string),
            about.needs_data,
        );
    }
    out += "];

/** HLS keys of no system, which key servers know by UUIDs as they do systems. */
export const IDENTITY_KEYS: readonly { readonly name: string; readonly title: string; readonly id: string }[] = [
";
    for keys in &IDENTITY_KEYS {
        let (name, title, id) = (string(keys.name), string(keys.title), string(&uuid(&keys.id)));
        out += &format!("  {{ name: {name}, title: {title}, id: {id} }},\n");
    }
    let in_headers = System::ALL.iter().map(|system| system.about()).filter(|about| about.has_data_in_smooth_header);
    let in_headers: Vec<String> = in_headers.map(|about| uuid(&about.id())).collect();
    let as_uris: Vec<String> = KEYS_AS_URIS.iter().map(uuid).collect();
    out += &format!(
        "];\n\n/** The systems whose data key servers may send as the header of Smooth Streaming alone. */\n\
         export const DATA_IN_SMOOTH_HEADERS: readonly string[] = {};\n\n\
         /** The systems by whose ids key servers send a key itself in place of its URI. */\n\
         export const KEYS_AS_URIS: readonly string[] = {};\n",
        list(in_headers.iter().map(String::as_str)),
        list(as_uris.iter().map(String::as_str))
    );
    out
}
