//! The description of all routes, made from the table that the doors are made from.

use std::sync::LazyLock;

use axum::Json;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use crate::problem::{self, Told};
use crate::routes::{Body, ROUTES, Route, Who};

/// `GET /openapi.json`
pub(crate) async fn description() -> Json<&'static Value> {
    // Anyone may ask, and it never changes.
    static DESCRIPTION: LazyLock<Value> = LazyLock::new(openapi);
    Json(&DESCRIPTION)
}

/// The description of all routes (`OpenAPI` 3.1, whose schemas are JSON Schema 2020-12).
pub fn openapi() -> Value {
    let mut schemas = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let problem = schemas.subschema_for::<Told>();
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            let operation = operation(route, &mut schemas, &problem);
            methods.insert(route.method.to_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Hudang 户档", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "signature": { "type": "apiKey", "in": "header", "name": hudang_sync::sign::HEADER_SIGNATURE,
                    "description": "With Hudang-Installation, Hudang-Counter and Hudang-Content-Sha256; see docs/http.md" },
            },
            "schemas": schemas.take_definitions(true),
        },
    })
}

fn content(body: Body, schemas: &mut SchemaGenerator) -> Value {
    let (kind, schema) = match body {
        Body::Json(schema) => ("application/json", schema(schemas)),
        Body::Text(kind) => (kind, json_schema!({ "type": "string" })),
        // Bytes are not JSON: 3.1 describes them by their content type alone.
        Body::Bytes(kind) => (kind, json_schema!({})),
    };
    json!({ kind: { "schema": schema } })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator, problem: &Schema) -> Value {
    let mut good = Map::from_iter([("description".to_owned(), route.summary.into())]);
    if let Some(body) = route.gives {
        good.insert("content".to_owned(), content(body, schemas));
    }
    let bad = json!({
        "description": "What went wrong and what to do",
        "content": { problem::CONTENT: { "schema": problem } },
    });
    let named = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str, place: &str, required: bool| json!({ "name": name, "in": place, "required": required, "schema": { "type": "string" } });
    let mut parameters: Vec<Value> = named.map(|name| parameter(name, "path", true)).collect();
    parameters.extend(route.query.iter().map(|name| parameter(name, "query", false)));
    let operation = json!({
        "summary": route.summary,
        "parameters": parameters,
        "responses": { route.status.to_string(): good, "default": bad },
        "security": match route.who {
            Who::Anyone => json!([]),
            Who::Phone => json!([{ "signature": [] }]),
            Who::Office(_) => json!([{ "token": [] }]),
        },
    });
    let Value::Object(mut operation) = operation else {
        return operation;
    };
    if let Who::Office(act) = route.who {
        operation.insert("x-act".to_owned(), format!("{act:?}").into());
    }
    if let Some(body) = route.takes {
        let content = content(body, schemas);
        operation.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": content }),
        );
    }
    Value::Object(operation)
}
