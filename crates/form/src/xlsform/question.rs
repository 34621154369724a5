//! Questions other than selects: what their parameters mean.

use super::kind::Kind;
use super::parameters::{Checker, is_integer, is_number, is_package_name};
use super::survey::{Reader, Row};
use super::tree::{Action, Event, What};
use super::types::{QuestionType, question_type};

const QUALITIES: [&str; 3] = ["voice-only", "low", "normal"];
const ON_OFF: [&str; 2] = ["true", "false"];

impl Reader<'_> {
    pub(super) fn question(&mut self, mut row: Row<'_>, question_type: &'static QuestionType) {
        self.question_name(&row);
        row.element.what = What::Question(question_type);
        row.element.choice_filter = row.choice_filter.take();
        match question_type.name {
            // Old names of text take no parameters, and none were checked.
            "text" if row.type_text == "text" => self.text(&mut row),
            "range" => self.range(&mut row),
            "photo" => self.photo(&mut row),
            "audio" => self.audio(&mut row),
            "background-audio" => self.background_audio(&mut row),
            "geopoint" | "geotrace" | "geoshape" => self.geo(&mut row, question_type.name),
            "start-geopoint" => row
                .element
                .actions
                .push(Action::new("odk:setgeopoint", Event::FirstLoad)),
            "background-geopoint" => self.background_geopoint(&row),
            "calculate" => self.calculate(&row),
            "subscriberid" | "simserial" => {
                let found = question_type.name.to_owned();
                self.problems
                    .add(row.cell(&["type"]), Kind::DeviceField { found });
            }
            _ => {}
        }
        self.default_type(&row, question_type);
        self.put(row.element);
    }

    fn checker<'s>(&'s mut self, row: &'s Row<'_>) -> Checker<'s> {
        Checker {
            parameters: &row.parameters,
            place: row.cell(&["parameters"]),
            problems: self.problems,
        }
    }

    fn text(&mut self, row: &mut Row<'_>) {
        let mut checker = self.checker(row);
        checker.accept(&["rows"]);
        if let Some(rows) = checker
            .when("rows", ["整数", "a whole number"], is_integer)
            .map(str::to_owned)
        {
            row.element.set_control("rows", rows);
        }
    }

    fn range(&mut self, row: &mut Row<'_>) {
        let mut checker = self.checker(row);
        checker.accept(&[
            "end",
            "placeholder",
            "start",
            "step",
            "tick_interval",
            "tick_labelset",
        ]);
        let place = row.cell(&["parameters"]);
        let range = super::range::range(
            &row.parameters,
            row.appearance(),
            self.choices,
            &place,
            self.problems,
        );
        for (key, value) in range.attributes {
            row.element.set_control(&key, value);
        }
        if range.is_decimal {
            row.element.set_bind("type", "decimal");
        }
        row.element.itemset = range.labels;
    }

    fn photo(&mut self, row: &mut Row<'_>) {
        let is_annotated = matches!(row.appearance(), None | Some("annotate"));
        let mut checker = self.checker(row);
        checker.accept(&["app", "max-pixels"]);
        let pixels = checker
            .when("max-pixels", ["整数", "a whole number"], is_integer)
            .map(str::to_owned);
        let app = row.parameters.get("app").map(str::to_owned);
        if row.parameters.get("max-pixels").is_none() {
            self.problems.add(row.cell(&["parameters"]), Kind::MaxPixels {});
        }
        if let Some(pixels) = pixels {
            row.element.set_bind("orx:max-pixels", pixels);
        }
        if let Some(app) = app.filter(|_| is_annotated) {
            if is_package_name(&app) {
                row.element.set_control("intent", app);
            } else {
                self.problems
                    .add(row.cell(&["parameters"]), Kind::PackageName { value: app });
            }
        }
        // The type is rewritten by its old name before the default is looked at; only then is it a file's name.
        if let Some(default) = &mut row.element.default
            && !default.contains("jr://images/")
            && !row.element.is_dynamic_default
        {
            *default = format!("jr://images/{default}");
        }
    }

    fn audio(&mut self, row: &mut Row<'_>) {
        let mut checker = self.checker(row);
        checker.accept(&["quality"]);
        let accepted: Vec<&str> = QUALITIES.into_iter().chain(["external"]).collect();
        if let Some(quality) = checker.one_of("quality", &accepted).map(str::to_owned) {
            row.element.set_bind("odk:quality", quality);
        }
    }

    fn background_audio(&mut self, row: &mut Row<'_>) {
        let mut checker = self.checker(row);
        checker.accept(&["quality"]);
        let mut action = Action::new("odk:recordaudio", Event::Load);
        action.quality = checker.one_of("quality", &QUALITIES).map(str::to_owned);
        row.element.actions.push(action);
    }

    fn geo(&mut self, row: &mut Row<'_>, name: &str) {
        let mut checker = self.checker(row);
        let mut control = Vec::new();
        if name == "geopoint" {
            checker.accept(&[
                "allow-mock-accuracy",
                "capture-accuracy",
                "reference-geometry",
                "warning-accuracy",
            ]);
            for (key, attribute) in [
                ("capture-accuracy", "accuracyThreshold"),
                ("warning-accuracy", "unacceptableAccuracyThreshold"),
            ] {
                if let Some(value) = checker.when(key, ["数", "a number"], is_number) {
                    control.push((attribute, value.to_owned()));
                }
            }
        } else {
            checker.accept(&["allow-mock-accuracy", "incremental", "reference-geometry"]);
            let is_yes = |value: &str| super::settings::yes_or_no(value) == Some(true);
            if checker.when("incremental", ["true"; 2], is_yes).is_some() {
                control.push(("incremental", "true".to_owned()));
            }
        }
        let mock = checker.one_of("allow-mock-accuracy", &ON_OFF).map(str::to_owned);
        if let Some(mock) = mock {
            row.element.set_bind("odk:allow-mock-accuracy", mock);
        }
        for (attribute, value) in control {
            row.element.set_control(attribute, value);
        }
        if let Some(value) = row.parameters.get("reference-geometry") {
            self.survey.geometry.push((value.to_owned(), row.number));
            row.element.itemset = Some(value.to_owned());
        }
    }

    fn background_geopoint(&mut self, row: &Row<'_>) {
        if row.trigger.is_none() {
            self.problems
                .add(row.cell(&["trigger"]), Kind::GeopointTrigger {});
        }
        if row.element.bound("calculate").is_some() {
            self.problems
                .add(row.cell(&["bind", "calculate"]), Kind::GeopointCalculation {});
        }
    }

    fn calculate(&mut self, row: &Row<'_>) {
        if row.element.bound("calculate").is_none() && !row.element.is_dynamic_default {
            self.problems
                .add(row.cell(&["bind", "calculate"]), Kind::CalculationMissing {});
        }
    }

    fn default_type(&mut self, row: &Row<'_>, question_type: &QuestionType) {
        let Some(default) = row.element.fixed_default() else {
            return;
        };
        let [wanted, wanted_en] = match question_type.data_type {
            "int" if !is_integer(default) => ["整数", "a whole number"],
            "decimal" if !is_number(default) => ["数", "a number"],
            "date" if !is_date(default) => ["日期 YYYY-MM-DD", "a date, YYYY-MM-DD"],
            _ => return,
        };
        let kind = Kind::DefaultType {
            value: default.to_owned(),
            wanted,
            wanted_en,
        };
        self.problems.add(row.cell(&["default"]), kind);
    }

    pub(super) fn audit(&mut self, mut row: Row<'_>) {
        if row.name.as_deref().is_some_and(|name| name != "audit") {
            self.problems.add(row.cell(&["name"]), Kind::AuditName {});
        }
        "audit".clone_into(&mut row.element.name);
        row.element.row = row.number;
        if let Some(audit) = question_type("audit") {
            row.element.what = What::Question(audit);
        }
        let parameters = row.parameters.clone();
        let mut checker = self.checker(&row);
        let location = ["location-priority", "location-min-interval", "location-max-age"];
        checker.accept(&[
            "identify-user",
            "location-max-age",
            "location-min-interval",
            "location-priority",
            "track-changes",
            "track-changes-reasons",
        ]);
        let mut bind = Vec::new();
        bind.extend(
            checker
                .one_of("track-changes", &ON_OFF)
                .map(|value| ("odk:track-changes", value.to_owned())),
        );
        bind.extend(
            checker
                .one_of("track-changes-reasons", &["on-form-edit"])
                .map(|value| ("odk:track-changes-reasons", value.to_owned())),
        );
        bind.extend(
            checker
                .one_of("identify-user", &ON_OFF)
                .map(|value| ("odk:identify-user", value.to_owned())),
        );
        if location.iter().any(|key| parameters.get(key).is_some()) {
            for key in location {
                checker.needed(key);
            }
            let is_count = |text: &str| text.parse::<u64>().is_ok();
            let priorities = ["no-power", "low-power", "balanced", "high-accuracy"];
            let priority = checker.one_of("location-priority", &priorities);
            let interval = checker.when(
                "location-min-interval",
                ["不小于 0 的整数", "a whole number, 0 or more"],
                is_count,
            );
            let least = interval.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
            let age = checker.when(
                "location-max-age",
                [
                    "不小于 location-min-interval 的整数",
                    "a whole number, at least location-min-interval",
                ],
                |text| text.parse::<u64>().is_ok_and(|age| age >= least),
            );
            bind.extend(age.map(|value| ("odk:location-max-age", value.to_owned())));
            bind.extend(interval.map(|value| ("odk:location-min-interval", value.to_owned())));
            bind.extend(priority.map(|value| ("odk:location-priority", value.to_owned())));
        }
        for (attribute, value) in bind {
            row.element.set_bind(attribute, value);
        }
        self.survey.meta.push(row.element);
    }

    pub(super) fn osm(&mut self, mut row: Row<'_>, tags: Option<&str>) {
        self.question_name(&row);
        if let Some(osm) = question_type("osm") {
            row.element.what = What::Question(osm);
        }
        if let Some(list) = tags {
            row.element.tags = self.osm_tags.get(list).cloned().unwrap_or_default();
        }
        self.put(row.element);
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |length: usize| {
        parts
            .next()
            .filter(|part| part.len() == length)
            .and_then(|part| part.parse::<u32>().ok())
    };
    let (year, month, day) = (number(4), number(2), number(2));
    year.is_some()
        && month.is_some_and(|month| (1..=12).contains(&month))
        && day.is_some_and(|day| (1..=31).contains(&day))
}
