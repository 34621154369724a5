//! The same types and the same table in TypeScript, so that nobody writes them twice.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ts_rs::{Config, TS, TypeVisitor};

use crate::error::DoorError;
use crate::table::{COMMANDS, Carries, Needs};

const HEAD: &str = "// Generated from crates/door by `cargo xtask codegen`. Do not edit.\n";

/// Declarations by name, each once.
pub struct Declarations {
    config: Config,
    seen: BTreeSet<TypeId>,
    declared: BTreeMap<String, String>,
}

impl Default for Declarations {
    fn default() -> Self {
        Self {
            // Every number that crosses is below 2^53: milliseconds, bytes, counts.
            config: Config::new().with_large_int("number"),
            seen: BTreeSet::new(),
            declared: BTreeMap::new(),
        }
    }
}

impl Declarations {
    /// The name of a type; it and all it needs are declared.
    pub(crate) fn of<T: TS + 'static>(&mut self) -> String {
        <Self as TypeVisitor>::visit::<T>(self);
        T::name(&self.config)
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // What a crate of types gives has no place of its own in TypeScript: texts, numbers, lists.
        if T::output_path().is_some() {
            let docs = T::docs().unwrap_or_default();
            let declared = format!("{docs}export {}\n", T::decl(&self.config));
            self.declared.insert(T::ident(&self.config), declared);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

/// How a visit can end: the words of evidence, which declares no types of screens.
const OUTCOME: &str = "/**\n * How a visit ended.\n */\nexport type Outcome = \"done\" | \"nobody-at-home\" | \"refused\" | \"moved\" | \"deceased\" | \"unknown\";\n";

/// The files below `ui/shared/generated`, by name.
pub fn files() -> BTreeMap<&'static str, String> {
    let mut types = Declarations::default();
    types.of::<DoorError>();
    let mut map = String::new();
    let mut bytes = Vec::new();
    let mut open = Vec::new();
    for command in COMMANDS {
        let (arguments, reply) = (command.declare)(&mut types);
        // Writing to a text cannot fail.
        let _ = writeln!(
            map,
            "  /** {} */\n  {}: {{ args: {arguments}; reply: {reply} }};",
            command.about, command.name
        );
        if command.carries != Carries::Nothing {
            bytes.push(command.name);
        }
        if command.needs == Needs::Nobody {
            open.push(command.name);
        }
    }
    let mut text = format!("{HEAD}\n{OUTCOME}");
    for declared in types.declared.values() {
        text.push('\n');
        text.push_str(declared);
    }
    let names: Vec<&str> = types.declared.keys().map(String::as_str).collect();
    let used = |name: &&&str| {
        map.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == **name)
    };
    let imports: Vec<&str> = names.iter().filter(used).copied().collect();
    let list = |names: &[&str]| {
        names
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(" | ")
    };
    let commands = format!(
        "{HEAD}\nimport type {{ {} }} from \"./types\";\n\n/** Every command with its arguments and its reply. */\nexport interface Commands {{\n{map}}}\n\n/** A command's name. */\nexport type CommandName = keyof Commands;\n\n/** Commands whose call carries bytes beside the arguments. */\nexport type CarryingName = {};\n\n/** Commands that need no PIN session. */\nexport type OpenName = {};\n",
        imports.join(", "),
        list(&bytes),
        list(&open)
    );
    BTreeMap::from([("commands.ts", commands), ("types.ts", text)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_type_is_declared() {
        let files = files();
        for command in COMMANDS {
            assert!(files["commands.ts"].contains(&format!("  {}: {{ args:", command.name)));
        }
        assert!(files["types.ts"].contains("export type VisitView = "));
        assert!(!files["types.ts"].contains("bigint"));
    }
}
