//! `key-services.ts`: the key services with the fields of their settings.

use tabpack::keyserver::{Address, Field, HOST, KeyService, Kind, SERVICES, SHARED, Takes};

use super::typescript::{doc, head, list, string, union};

pub(super) fn text() -> String {
    let mut out = head("The key services, and what they are told.", "src/keyserver");
    out += &doc("", "Which kind of server is asked, or `cpix` and `raw` for keys that are here already.");
    out += &format!("export type KeyService = {};\n\n", union(SERVICES.iter().map(|service| service.name)));
    out += &fields_of_services();
    for field in SHARED {
        if let Kind::Group(fields) = field.kind {
            out += &doc("", field.help.sentence());
            out += &format!("export interface {} {{\n", type_name(field));
            fields.iter().for_each(|field| out += &member(field, &documented(field), field.is_required));
            out += "}\n\n";
        }
    }
    out += &doc("", "The settings that all services have.");
    out += "export interface SharedKeySettings {\n";
    SHARED.iter().for_each(|field| out += &member(field, &documented(field), false));
    out += "}\n\n";
    out += &doc("", "How requests are carried, whatever the service.");
    out += "export interface HostKeySettings {\n";
    HOST.iter().for_each(|field| out += &member(field, &documented(field), false));
    out += "}\n\n";
    let mut flags: Vec<&str> = Vec::new();
    for flag in every_field().filter_map(|field| field.flag) {
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    out += &doc("", "A flag of the command line that stands for a field.");
    out += &format!("export type KeyFlag = {};\n\n", union(flags));
    out += SHAPES;
    out += "/** The services, in the order in which they are offered. */\n";
    out += "export const KEY_SERVICES: readonly KeyServiceInfo[] = [\n";
    SERVICES.iter().for_each(|service| out += &service_info(service));
    out += "];\n\n/** The settings that all services have, those of the issue page among them. */\n";
    out += "export const KEY_SETTINGS: readonly KeyField[] = [\n";
    for field in SHARED {
        match field.kind {
            Kind::Group(fields) => fields.iter().for_each(|inner| out += &info("  ", inner, Some(field.name))),
            _ => out += &info("  ", field, None),
        }
    }
    out += "];\n\n/** How requests are carried, whatever the service. */\n";
    out += "export const KEY_HOST_SETTINGS: readonly KeyField[] = [\n";
    HOST.iter().for_each(|field| out += &info("  ", field, None));
    out += "];\n\n/** The same, each by its name. */\n";
    out += "export const KEY_HOST_LIMITS = {\n";
    for field in HOST {
        if let (Kind::Number(least, most), Some(default)) = (field.kind, field.default) {
            out += &format!("  {}: {{ least: {least}, most: {most}, default: {default} }},\n", field.name);
        }
    }
    out += "} as const;\n\n/** The largest answer of a key server that is read, in bytes. */\n";
    out + &format!("export const KEY_ANSWER_BYTES = {};\n", tabpack::limits::KEY_ANSWER_BYTES)
}

/// The fields of all services, and those that all have.
fn every_field() -> impl Iterator<Item = Field> {
    let shared = SHARED.iter().flat_map(|field| match field.kind {
        Kind::Group(fields) => fields.to_vec(),
        _ => vec![**field],
    });
    let host = HOST.iter().map(|field| **field);
    SERVICES.iter().flat_map(|service| service.all_fields()).chain(shared).chain(host)
}

const SHAPES: &str = "/** A field of settings. */
export interface KeyField {
  /** The setting's name. */
  readonly name: string;
  /** The name of the setting that this one is a member of. */
  readonly within?: string;
  /** What stands beside it on a form. */
  readonly label: string;
  /** What it is, in a sentence. */
  readonly help: string;
  /** A line of text, many lines (mostly in a file), one of `choices`, a whole number from `least` to `most`, or words. */
  readonly kind: 'text' | 'document' | 'choice' | 'number' | 'list';
  readonly choices?: readonly string[];
  readonly least?: number;
  readonly most?: number;
  /** Whether there is no service without it. */
  readonly required?: true;
  /** Whether it must never be shown. */
  readonly secret?: true;
  /** What holds where it isn't given. */
  readonly default?: string;
  /** The flag of the command line, without the dashes; a field without one comes from the file of credentials. */
  readonly flag?: string;
}

/** What is known of a key service. */
export interface KeyServiceInfo {
  readonly name: KeyService;
  /** What people call it. */
  readonly title: string;
  /** Whether the keys are here already, so that nothing is asked. */
  readonly local: boolean;
  /** What else it can be asked for than one key of all tracks. */
  readonly takes: readonly ('tracks' | 'rotation' | 'delivery')[];
  /** The fields of its settings, beside those that all services have. */
  readonly fields: readonly KeyField[];
}

";

/// One interface of all services' fields; of each what it is, and for whom.
fn fields_of_services() -> String {
    let mut out =
        doc("", "The fields of services. Which of them a service takes, `KEY_SERVICES` says, and its errors.");
    out += "export interface KeyServiceFields {\n";
    let mut written: Vec<&str> = Vec::new();
    let all = || SERVICES.iter().flat_map(|service| service.all_fields().map(|field| (service.name, field)));
    for (_, field) in all() {
        if written.contains(&field.name) {
            continue;
        }
        written.push(field.name);
        let mut helps: Vec<(&str, Vec<&str>)> = Vec::new();
        for (service, other) in all().filter(|(_, other)| other.name == field.name) {
            match helps.iter_mut().find(|(help, _)| *help == other.help.sentence()) {
                Some((_, services)) => services.push(service),
                None => helps.push((other.help.sentence(), vec![service])),
            }
        }
        let said =
            |(help, services): &(&str, Vec<&str>)| format!("{} ({}).", help.trim_end_matches('.'), services.join(", "));
        let mut help = helps.iter().map(said).collect::<Vec<_>>().join(" ");
        if field.is_secret {
            help += " A secret.";
        }
        out += &member(&field, &help, false);
    }
    out + "}\n\n"
}

fn member(field: &Field, help: &str, is_required: bool) -> String {
    let kind = match field.kind {
        Kind::Text | Kind::Document => "string".to_owned(),
        Kind::Choice(words) => union(words.iter().copied()),
        Kind::Number(..) => "number".to_owned(),
        Kind::List => "readonly string[]".to_owned(),
        Kind::Group(_) => type_name(field),
    };
    let mark = if is_required { "" } else { "?" };
    format!("{}  {}{mark}: {kind};\n", doc("  ", help), field.name)
}

/// The help with the default and a word on secrets.
fn documented(field: &Field) -> String {
    let default = field.default.map(|default| format!(" `{default}` by default.")).unwrap_or_default();
    let secret = if field.is_secret { " A secret." } else { "" };
    format!("{}{default}{secret}", field.help.sentence())
}

/// The name of the interface of a group.
fn type_name(field: &Field) -> String {
    let (first, rest) = field.name.split_at(1);
    first.to_uppercase() + rest
}

fn service_info(service: &KeyService) -> String {
    let takes = service.takes.iter().map(|takes| match takes {
        Takes::Tracks => "tracks",
        Takes::Rotation => "rotation",
        Takes::Delivery => "delivery",
    });
    let fields: String = service.all_fields().map(|field| info("      ", &field, None)).collect();
    format!(
        "  {{\n    name: {},\n    title: {},\n    local: {},\n    takes: {},\n    fields: [\n{fields}    ],\n  }},\n",
        string(service.name),
        string(service.title),
        service.address == Address::None,
        list(takes),
    )
}

fn info(indent: &str, field: &Field, within: Option<&str>) -> String {
    let mut members = vec![("name", string(field.name))];
    members.extend(within.map(|within| ("within", string(within))));
    members.extend([("label", string(field.label)), ("help", string(field.help.sentence()))]);
    match field.kind {
        Kind::Text | Kind::Group(_) => members.push(("kind", string("text"))),
        Kind::Document => members.push(("kind", string("document"))),
        Kind::List => members.push(("kind", string("list"))),
        Kind::Choice(words) => {
            members.extend([("kind", string("choice")), ("choices", list(words.iter().copied()))]);
        }
        Kind::Number(least, most) => {
            members.extend([("kind", string("number")), ("least", least.to_string()), ("most", most.to_string())]);
        }
    }
    members.extend(field.is_required.then(|| ("required", "true".to_owned())));
    members.extend(field.is_secret.then(|| ("secret", "true".to_owned())));
    members.extend(field.default.map(|default| ("default", string(default))));
    members.extend(field.flag.map(|flag| ("flag", string(flag))));
    let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{indent}{{ {} }},\n", members.join(", "))
}
