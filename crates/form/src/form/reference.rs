//! References of binds and of the body: paths of names, absolute or from the element around.

use crate::expression::{Axis, Expression, Function, Kind, Path, Start, Test};

/// The absolute path that `reference` means below `base`; predicates fall away.
pub(super) fn resolve(base: &str, reference: &str) -> Option<String> {
    let expression = Expression::parse(reference).ok()?;
    let Kind::Path(path) = &expression.root().kind else {
        return is_current(&expression).then(|| base.to_owned());
    };
    steps(base, path)
}

fn is_current(expression: &Expression) -> bool {
    matches!(&expression.root().kind, Kind::Call(call) if call.function == Some(Function::Current))
}

fn steps(base: &str, path: &Path) -> Option<String> {
    let mut names: Vec<String> = match &path.start {
        Start::Root => Vec::new(),
        Start::Context => split(base),
        Start::Part(part, _) => match &part.kind {
            Kind::Call(call) if call.function == Some(Function::Current) => split(base),
            _ => return None,
        },
    };
    for step in &path.steps {
        match (step.axis, &step.test) {
            (Axis::Itself, Test::Node) => {}
            (Axis::Parent, Test::Node) => {
                names.pop()?;
            }
            (Axis::Child, Test::Name { prefix, local }) => names.push(written(prefix.as_deref(), local)),
            (Axis::Attribute, Test::Name { prefix, local }) => {
                names.push(format!("@{}", written(prefix.as_deref(), local)));
            }
            _ => return None,
        }
    }
    Some(format!("/{}", names.join("/")))
}

fn written(prefix: Option<&str>, local: &str) -> String {
    prefix.map_or_else(|| local.to_owned(), |prefix| format!("{prefix}:{local}"))
}

fn split(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn references_are_from_the_element_around() {
        let resolved = |reference| resolve("/data/member", reference);
        assert_eq!(resolved("name").as_deref(), Some("/data/member/name"));
        assert_eq!(resolved("current()/name").as_deref(), Some("/data/member/name"));
        assert_eq!(resolved("../count").as_deref(), Some("/data/count"));
        assert_eq!(
            resolved("/data/member[1]/@id").as_deref(),
            Some("/data/member/@id")
        );
        assert_eq!(resolved("."), Some("/data/member".to_owned()));
        assert_eq!(resolved("../../.."), None);
    }
}
