//! The description of all routes, made from the table that the doors are made from.

use axum::Json;
use serde_json::{Map, Value, json};

use crate::problem;
use crate::routes::{ROUTES, Route, Who};

/// `GET /openapi.json`
pub(crate) async fn description() -> Json<Value> {
    Json(openapi())
}

/// The description of all routes (`OpenAPI` 3.1).
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(route.method.to_lowercase(), operation(route));
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
            "schemas": { "Problem": {
                "type": "object",
                "required": ["type", "status", "code", "title", "zh", "en"],
                "properties": {
                    "type": { "type": "string" }, "status": { "type": "integer" }, "code": { "type": "string" },
                    "title": { "type": "string" }, "zh": { "type": "string" }, "en": { "type": "string" },
                },
            } },
        },
    })
}

fn operation(route: &Route) -> Value {
    let content = |kind: &str| json!({ kind: { "schema": if kind == "application/json" { json!({}) } else { json!({ "type": "string" }) } } });
    let mut good = Map::from_iter([("description".to_owned(), route.summary.into())]);
    if !route.gives.is_empty() {
        good.insert("content".to_owned(), content(route.gives));
    }
    let bad = json!({
        "description": "What went wrong and what to do",
        "content": { problem::CONTENT: { "schema": { "$ref": "#/components/schemas/Problem" } } },
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
    if !route.takes.is_empty() {
        operation.insert(
            "requestBody".to_owned(),
            json!({ "content": content(route.takes) }),
        );
    }
    Value::Object(operation)
}
