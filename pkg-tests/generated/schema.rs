//! `options.schema.json`: the JSON Schema of a job's options, as a service takes them.
//!
//! What only a program can give (a sink, a signal, callbacks, images) isn't in it. Which options go together isn't either:
//! the core says it, and `tabpack/options`.

use serde_json::{Map, Value, json};
use tabpack::options::{Audience, Given, Kind, Row, Shape, Table};
use tabpack::packager::Options;

pub(super) fn text() -> String {
    let mut shared = Map::new();
    let mut schema = object(&Options::table(), &mut shared);
    let own = schema.as_object_mut().expect("a schema of an object is one");
    own.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    own.insert("$comment".to_owned(), json!("Generated from src/packager/options by npm run generate: don't edit."));
    own.insert("title".to_owned(), json!(Options::table().name));
    own.insert("$defs".to_owned(), Value::Object(shared));
    format!("{schema:#}\n")
}

fn joined(about: &str) -> String {
    about.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

fn object(table: &Table, shared: &mut Map<String, Value>) -> Value {
    let given = |row: &&Row| row.meta.audience == Audience::Caller;
    let mut properties = Map::new();
    for row in table.rows.iter().filter(given) {
        let Some(mut schema) = of_kind(&row.is.kind, shared) else { continue };
        // `null` is as if nothing were given; what the façade keeps to itself knows no null.
        if !row.is.required && !matches!(row.is.kind, Kind::Host(_)) {
            schema = or_null(schema);
        }
        if let Some(own) = schema.as_object_mut() {
            own.insert("description".to_owned(), json!(joined(row.about)));
            if let Some(default) = row.is.default {
                own.insert("default".to_owned(), literal(default));
            }
        }
        properties.insert(row.name.to_owned(), schema);
    }
    let required: Vec<&str> = table
        .rows
        .iter()
        .filter(given)
        .filter(|row| row.is.required && properties.contains_key(row.name))
        .map(|row| row.name)
        .collect();
    let description = joined(table.about);
    json!({ "type": "object", "description": description, "properties": properties, "required": required, "additionalProperties": false })
}

/// The schema of a kind; `None` for what only a program can give.
fn of_kind(kind: &Kind, shared: &mut Map<String, Value>) -> Option<Value> {
    Some(match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number { min, max, whole, .. } => {
            json!({ "type": if *whole { "integer" } else { "number" }, "minimum": min, "maximum": max })
        }
        Kind::Numbers(numbers) => json!({ "enum": numbers }),
        Kind::Text { form, pattern, example, .. } => {
            let mut schema = json!({ "type": "string", "examples": [example] });
            if !pattern.is_empty() {
                schema["pattern"] = json!(pattern);
            }
            if !form.is_empty() {
                schema["$comment"] = json!(form);
            }
            schema
        }
        Kind::Word(words) => json!({ "enum": words.words.iter().map(|(word, _)| *word).collect::<Vec<_>>() }),
        Kind::List { of, least } => json!({ "type": "array", "items": of_kind(of, shared)?, "minItems": least }),
        Kind::Map(of) => json!({ "type": "object", "additionalProperties": of_kind(of, shared)? }),
        Kind::Object(table) => {
            // What has a part that can't be given in JSON can't be given at all.
            if table.rows.iter().any(|row| row.is.required && matches!(row.is.kind, Kind::Host(_))) {
                return None;
            }
            if !shared.contains_key(table.name) {
                shared.insert(table.name.to_owned(), Value::Null); // a shape within itself ends here
                let schema = object(table, shared);
                shared.insert(table.name.to_owned(), schema);
            }
            json!({ "$ref": format!("#/$defs/{}", table.name) })
        }
        Kind::Either(one, other) => match (of_kind(one, shared), of_kind(other, shared)) {
            (Some(one), Some(other)) => json!({ "anyOf": [one, other] }),
            (one, other) => one.or(other)?,
        },
        Kind::OrNull(of) => or_null(of_kind(of, shared)?),
        Kind::Host(name) => of_host(name)?,
    })
}

/// The same, or `null`.
fn or_null(mut schema: Value) -> Value {
    if let Some(Value::Array(kinds)) = schema.get_mut("anyOf") {
        if !kinds.contains(&json!({ "type": "null" })) {
            kinds.push(json!({ "type": "null" }));
        }
        return schema;
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
        return schema;
    }
    match schema.get("type").cloned() {
        Some(Value::String(kind)) => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

/// What a program keeps to itself and JSON can say all the same.
fn of_host(name: &str) -> Option<Value> {
    Some(match name {
        "boolean" => json!({ "type": "boolean" }),
        "boolean | 'with-keys'" => json!({ "enum": [true, false, "with-keys"] }),
        "KeyServer" => with_text("service"),
        "Notations" => with_text("hex"),
        _ => return None,
    })
}

/// An object of which one member is known: a text.
fn with_text(name: &str) -> Value {
    json!({ "type": "object", "properties": { name: { "type": "string" } }, "required": [name] })
}

fn literal(given: Given) -> Value {
    match given {
        Given::Flag(flag) => json!(flag),
        Given::Number(number) => json!(number),
        Given::Text(text) => json!(text),
        Given::Words(words) => json!(words),
    }
}
