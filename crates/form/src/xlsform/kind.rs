//! The catalogue of problems: code, severity, and one sentence in Chinese and in English that says what to do.

use super::problem::Severity;

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* } = $severity:ident, $code:literal, $zh:literal, $en:literal;)*) => {
        /// What is wrong with a workbook, with the facts that the sentence needs.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the fields are named in the sentences beside them")]
        pub enum Kind {
            $($(#[$doc])* $name { $($field: $kind),* },)*
        }

        impl Kind {
            /// Stable code.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)* }
            }

            /// Whether it stops the conversion.
            pub fn severity(&self) -> Severity {
                match self { $(Self::$name { .. } => Severity::$severity,)* }
            }

            /// The Chinese sentence.
            pub fn zh(&self) -> String {
                match self { $(Self::$name { $($field),* } => { $(let _ = $field;)* format!($zh) })* }
            }

            /// The English sentence.
            pub fn en(&self) -> String {
                match self { $(Self::$name { $($field),* } => { $(let _ = $field;)* format!($en) })* }
            }
        }
    };
}

catalogue! {
    // The file.
    /// Not a zip file with a workbook in it.
    NotWorkbook { reason: String, reason_zh: &'static str } = Error, "XF-FILE-FORMAT",
        "这不是可以读取的 .xlsx 工作簿({reason_zh})。请在 Excel 或 WPS 中打开后另存为“Excel 工作簿(*.xlsx)”。",
        "This is not a readable .xlsx workbook ({reason}). Open it in a spreadsheet program and save it as .xlsx.";
    /// Unpacks to more than a form can need.
    TooLarge { limit_mib: u64 } = Error, "XF-FILE-SIZE",
        "工作簿解压后超过 {limit_mib} MiB,不像一份表单,已拒绝读取。请删除与表单无关的工作表、图片和格式后再试。",
        "The workbook unpacks to more than {limit_mib} MiB and was not read. Remove sheets, pictures and formats that the form does not need.";
    /// More rows with content than allowed.
    TooManyRows { limit: u32 } = Error, "XF-FILE-ROWS",
        "这张工作表有内容的行超过 {limit} 行,已停止读取。长名单请改放在 CSV 附件里,用 select_one_from_file 引用。",
        "This sheet has content below row {limit}; reading stopped. Move long lists to a CSV attachment and use select_one_from_file.";
    /// More cells or more text than allowed.
    TooManyCells { limit: u64 } = Error, "XF-FILE-CELLS",
        "工作簿内容过多(上限 {limit} 个单元格或 64 MiB 文字),已停止读取。请把长名单移到 CSV 附件。",
        "The workbook holds too much (limit: {limit} cells, or 64 MiB of text); reading stopped. Move long lists to a CSV attachment.";
    /// A column far to the right has content.
    TooManyColumns { limit: u32 } = Error, "XF-FILE-COLUMNS",
        "第 {limit} 列以后还有内容,已停止读取。请删除多余的列。",
        "There is content beyond column {limit}; reading stopped. Delete the columns that are not needed.";
    /// Rows of a merged area that lose their value.
    MergedRows { area: String } = Error, "XF-MERGED-ROWS",
        "单元格 {area} 跨行合并,合并后只有第一行有值,其余各行读作空白。请取消合并,并在每一行都填上值。",
        "The cells {area} are merged over several rows: only the first row has the value. Unmerge them and fill in every row.";
    /// A merged area within one row.
    MergedColumns { area: String } = Warning, "XF-MERGED-COLUMNS",
        "单元格 {area} 跨列合并,只有最左边一列有值。请取消合并。",
        "The cells {area} are merged: only the first column has the value. Unmerge them.";
    /// A cell that shows an error of the spreadsheet program.
    CellError { shown: String } = Error, "XF-CELL-ERROR",
        "单元格里是电子表格的错误值 {shown}。请改正公式,或直接填写值。",
        "The cell holds the spreadsheet error {shown}. Correct the formula, or type the value.";
    /// A formula whose result was never calculated.
    FormulaWithoutValue { formula: String } = Error, "XF-CELL-FORMULA",
        "单元格里的公式“={formula}”没有保存计算结果。请用 Excel 或 WPS 打开并保存一次,或直接填写值。",
        "The formula '={formula}' was saved without its result. Open and save the workbook in a spreadsheet program, or type the value.";

    // Sheets and headers.
    /// No survey sheet.
    SheetMissing { sheet: String } = Error, "XF-SHEET-MISSING",
        "工作簿里没有名为“{sheet}”的工作表。请新建或改名。",
        "The workbook has no sheet named '{sheet}'. Add it, or rename the one that is meant.";
    /// A sheet that is nearly called like a known one.
    SheetMisspelled { sheet: String, found: String } = Warning, "XF-SHEET-NAME",
        "没有工作表“{sheet}”,但有名字相近的“{found}”。如果就是它,请改名;如果不是,请在名字前加下划线。",
        "There is no sheet '{sheet}', but one called '{found}'. Rename it if it is meant; otherwise put an underscore before its name.";
    /// A sheet without rows.
    SheetEmpty { sheet: String } = Error, "XF-SHEET-EMPTY",
        "工作表“{sheet}”没有内容。第一行写列名,下面每行一道题。",
        "The sheet '{sheet}' is empty. Its first row names the columns; each row below is a question.";
    /// A column that must be there.
    ColumnMissing { column: String } = Error, "XF-COLUMN-MISSING",
        "缺少“{column}”列。请在第一行加上这个列名。",
        "The column '{column}' is missing. Add it to the first row.";
    /// One column twice.
    ColumnTwice { column: String } = Error, "XF-COLUMN-TWICE",
        "列“{column}”出现了两次。请删除或改名其中一列。",
        "The column '{column}' is there twice. Delete or rename one of them.";
    /// Two names of the same column.
    ColumnAlias { column: String, other: String } = Error, "XF-COLUMN-ALIAS",
        "“{column}”和“{other}”是同一列的两种写法。请只保留一列。",
        "'{column}' and '{other}' are two names of the same column. Keep one of them.";
    /// A column that has no effect.
    ColumnUnknown { column: String } = Warning, "XF-COLUMN-UNKNOWN",
        "不认识列“{column}”,其中的内容不起作用。请核对写法;如果只是备注,请在列名前加下划线。",
        "The column '{column}' is not known and has no effect. Check its spelling; if it is a remark, begin its name with an underscore.";
    /// A column of the entities sheet that has no meaning there.
    EntityColumn { column: String } = Error, "XF-ENTITY-COLUMN",
        "entities 工作表不认识列“{column}”。可用的列:list_name、label、entity_id、create_if、update_if。",
        "The entities sheet does not know the column '{column}'. It knows list_name, label, entity_id, create_if and update_if.";
    /// A column of the choices sheet that cannot be an element.
    ChoiceColumn { column: String } = Warning, "XF-CHOICE-COLUMN",
        "choices 的列名“{column}”不能为空、不能有空格,也不能以数字开头;该列不会进入表单。请改名。",
        "The choices column '{column}' must not be empty, contain spaces or begin with a digit; it is left out. Rename it.";
    /// A row with values and no header over them.
    ValueWithoutHeader {} = Warning, "XF-COLUMN-NONAME",
        "这个单元格所在的列没有列名,内容不起作用。请在第一行写上列名,或删除内容。",
        "The column of this cell has no header, so the value has no effect. Add a header or delete the value.";
    /// A language that has a label but lacks another column.
    LanguageIncomplete { language: String, column: String } = Warning, "XF-LANGUAGE-COLUMN",
        "语言“{language}”没有“{column}”列,这种语言下会显示“-”。请补上“{column}::{language}”列。",
        "The language '{language}' has no '{column}' column; '-' is shown instead. Add the column '{column}::{language}'.";
    /// A cell lacks its translation.
    TranslationMissing { language: String } = Warning, "XF-LANGUAGE-CELL",
        "这一行没有“{language}”的译文,会显示“-”。请补上。",
        "This row lacks its text in '{language}'; '-' is shown instead. Add it.";
    /// The default language is not used by any column.
    DefaultLanguage { language: String } = Warning, "XF-LANGUAGE-DEFAULT",
        "default_language 是“{language}”,但没有一列使用这种语言。请写成与列名中“::”后面完全相同的文字。",
        "default_language is '{language}', but no column uses it. Write it exactly as after the '::' of a column name.";
    /// `or_other` adds texts that are not translated.
    OtherUntranslated {} = Warning, "XF-OTHER-LANGUAGE",
        "or_other 会加上没有译文的英文选项“Other”。请自己加一个“其他”选项和一道说明题。",
        "or_other adds an untranslated choice 'Other'. Write the choice and its text question yourself.";

    // Settings.
    /// A setting's value is not a name.
    SettingName { value: String } = Error, "XF-SETTING-NAME",
        "“{value}”不能作名称:须以字母或下划线开头,后面只能有字母、数字、下划线、连字符和点。",
        "'{value}' cannot be a name: begin with a letter or underscore, then letters, digits, underscores, hyphens and periods.";
    /// The caller's name for the root.
    RootName { value: String } = Error, "XF-ROOT-NAME",
        "“{value}”不能作表单的根名称。请在 settings 的 name 列另写一个,或改文件名。",
        "'{value}' cannot be the name of the form's root. Set another in the settings column 'name', or rename the file.";
    /// Encryption needs the instance id.
    OmitInstanceId {} = Error, "XF-SETTING-INSTANCEID",
        "设了 public_key 就不能省略 instanceID。请删除 omit_instanceID。",
        "With public_key the instanceID cannot be omitted. Remove omit_instanceID.";
    /// `form_id` and `id_string`.
    FormIdTwice {} = Warning, "XF-SETTING-FORMID",
        "form_id 和 id_string 是同一设置,采用 form_id。请删除 id_string。",
        "form_id and id_string are the same setting; form_id is used. Remove id_string.";
    /// A setting this program does not carry out.
    SettingIgnored { column: String } = Warning, "XF-SETTING-IGNORED",
        "设置“{column}”在这里不起作用。",
        "The setting '{column}' has no effect here.";

    // Types and names.
    /// A row without a type.
    TypeMissing {} = Error, "XF-TYPE-MISSING",
        "这一行没有题型。请在 type 列填写,例如 text、integer、select_one 名单。",
        "This row has no type. Fill in the type column, for example text, integer, select_one list.";
    /// A type that is not known.
    TypeUnknown { found: String } = Error, "XF-TYPE-UNKNOWN",
        "不认识题型“{found}”。请核对写法。",
        "The type '{found}' is not known. Check its spelling.";
    /// A select without its list.
    ListNotGiven { found: String } = Error, "XF-TYPE-LIST",
        "题型“{found}”后面要写名单的名称,例如“select_one 关系”。名称里不能有空格。",
        "The type '{found}' must be followed by the name of its list, as in 'select_one relation'. The name has no spaces.";
    /// A row that is skipped.
    RowSkipped {} = Warning, "XF-ROW-SKIPPED",
        "这一行没有题型、名称和题目,已跳过。",
        "This row has no type, name or label and is skipped.";
    /// The column disabled is not of the standard.
    Disabled {} = Warning, "XF-DISABLED",
        "disabled 列不是标准写法。请改用 relevant,或删除这一行。",
        "The column 'disabled' is not standard. Use relevant, or delete the row.";
    /// A row without a name.
    NameMissing {} = Error, "XF-NAME-MISSING",
        "这一行没有名称。请在 name 列填写。",
        "This row has no name. Fill in the name column.";
    /// Characters that cannot be in a name.
    NameInvalid { name: String } = Error, "XF-NAME-INVALID",
        "“{name}”不能作名称:须以字母或下划线开头,后面只能有字母、数字、下划线、连字符和点,不能有空格。",
        "'{name}' cannot be a name: begin with a letter or underscore, then letters, digits, underscores, hyphens and periods; no spaces.";
    /// Two of one name side by side.
    NameTwice { name: String, other: u32 } = Error, "XF-NAME-TWICE",
        "名称“{name}”在同一层已经用过(第 {other} 行)。请改名。",
        "The name '{name}' is already used at this level (row {other}). Rename one of them.";
    /// Two names that differ in case only.
    NameCase { name: String } = Warning, "XF-NAME-CASE",
        "名称“{name}”与同一层另一个名称只有大小写不同,统计软件可能分不清。请改名。",
        "The name '{name}' differs from another of this level in case only; some tools cannot tell them apart. Rename it.";
    /// The name meta.
    NameReserved { name: String } = Error, "XF-NAME-RESERVED",
        "名称“{name}”由系统使用。请改名。",
        "The name '{name}' is reserved. Choose another.";
    /// A repeat that is called like the form.
    RepeatIsRoot { name: String } = Error, "XF-REPEAT-ROOT",
        "重复组不能与表单根同名(“{name}”)。请改名。",
        "A repeat cannot have the name of the form's root ('{name}'). Rename it.";
    /// Two repeats of one name.
    RepeatTwice { name: String } = Error, "XF-REPEAT-TWICE",
        "重复组的名称在整份表单里只能用一次,“{name}”已经用过。请改名。",
        "A repeat's name can be used once in the whole form; '{name}' is used already. Rename it.";
    /// A name that is generated is taken.
    NameGenerated { name: String } = Error, "XF-NAME-GENERATED",
        "系统要自动生成名为“{name}”的题,但这个名称已被使用。请把占用它的题改名。",
        "A question named '{name}' is generated for this row, but the name is taken. Rename the question that has it.";
    /// An end without its begin.
    EndWithoutBegin { group: String } = Error, "XF-GROUP-END",
        "这里的 end {group} 没有对应的 begin {group}。请删除它,或在前面补上 begin {group}。",
        "This end {group} has no begin {group}. Delete it, or add the begin {group} before.";
    /// A begin without its end.
    BeginWithoutEnd { group: String, name: String } = Error, "XF-GROUP-BEGIN",
        "begin {group}“{name}”没有 end {group}。请在它的最后一题之后补上一行 end {group}。",
        "The begin {group} '{name}' has no end {group}. Add a row end {group} after its last question.";
    /// A question without any text.
    LabelMissing { name: String } = Error, "XF-LABEL-MISSING",
        "题“{name}”没有题目(label)也没有提示(hint)。请填写 label。",
        "The question '{name}' has neither label nor hint. Fill in its label.";
    /// A repeat without a label.
    RepeatLabel {} = Warning, "XF-LABEL-REPEAT",
        "重复组没有题目(label)。请填写,使调查员知道每一次重复是什么。",
        "The repeat has no label. Add one, so that it is clear what each repetition is.";
    /// Groups that never end nest too deep.
    TooDeep { limit: usize } = Error, "XF-GROUP-DEEP",
        "组嵌套超过 {limit} 层。请减少层数。",
        "Groups are nested more than {limit} levels deep. Use fewer.";

    // Choices.
    /// A list that is not there.
    ListUnknown { list: String } = Error, "XF-LIST-UNKNOWN",
        "choices 工作表里没有名单“{list}”。请核对名称,或在 choices 的 list_name 列加上它。",
        "The choices sheet has no list '{list}'. Check the name, or add it to the list_name column.";
    /// A list of the sheet `external_choices` that is not there.
    ExternalListUnknown { list: String } = Error, "XF-LIST-EXTERNAL",
        "external_choices 工作表里没有名单“{list}”。请核对名称。",
        "The external_choices sheet has no list '{list}'. Check the name.";
    /// A choice without name.
    ChoiceName {} = Error, "XF-CHOICE-NAME",
        "这个选项没有名称。请在 name 列填写存储用的值。",
        "This choice has no name. Fill in the value to store in the name column.";
    /// A choice without label.
    ChoiceLabel {} = Warning, "XF-CHOICE-LABEL",
        "这个选项没有文字(label)。请填写。",
        "This choice has no label. Fill it in.";
    /// A choice that belongs to no list.
    ChoiceList {} = Warning, "XF-CHOICE-LIST",
        "这个选项没有写属于哪个名单(list_name),已跳过。请填写。",
        "This choice names no list (list_name) and is skipped. Fill it in.";
    /// Two choices of one name.
    ChoiceTwice { name: String, list: String } = Error, "XF-CHOICE-TWICE",
        "名单“{list}”里选项“{name}”出现两次。请改名;确实需要重复时在 settings 里设 allow_choice_duplicates 为 yes。",
        "The choice '{name}' is twice in the list '{list}'. Rename one; if it is meant, set allow_choice_duplicates to yes.";
    /// A space in a choice of a multiple select.
    ChoiceSpace { name: String, list: String } = Error, "XF-CHOICE-SPACE",
        "多选题的选项名称不能有空格:名单“{list}”的“{name}”。请去掉空格。",
        "Choices of a select_multiple cannot have spaces in their names: '{name}' of '{list}'. Remove the space.";
    /// `or_other` with a filter.
    OtherFilter {} = Error, "XF-OTHER-FILTER",
        "or_other 不能与 choice_filter 同用。请自己加“其他”选项和说明题。",
        "or_other cannot be used with choice_filter. Add the choice 'other' and a text question yourself.";
    /// `or_other` without a list.
    OtherList {} = Error, "XF-OTHER-LIST",
        "or_other 只能用于 choices 工作表里的名单。",
        "or_other needs a list of the choices sheet.";
    /// `select_one_external` without filter.
    ExternalFilter {} = Warning, "XF-EXTERNAL-FILTER",
        "select_one_external 只用于带 choice_filter 的题。请改用 select_one,或补上 choice_filter。",
        "select_one_external is meant for filtered selects. Use select_one, or add a choice_filter.";
    /// A list shown in a table with a filter.
    TableFilter {} = Error, "XF-TABLE-FILTER",
        "table-list 里的题不能用 choice_filter。请删除。",
        "A question of a table-list cannot have a choice_filter. Remove it.";
    /// Lists of one table differ.
    TableList { list: String, other: String } = Error, "XF-TABLE-LIST",
        "同一个 table-list 里的题须用同一名单:这里是“{list}”,前面是“{other}”。",
        "Questions of one table-list need the same list: here '{list}', before '{other}'.";
    /// `search()` and a file.
    SearchFile { name: String } = Error, "XF-SEARCH-FILE",
        "题“{name}”既从文件取选项又用 search()。请二者选一。",
        "The question '{name}' takes its choices from a file and uses search(). Use one of them.";
    /// `search()` on a list that others use without it.
    SearchShared { name: String, list: String, others: String } = Error, "XF-SEARCH-LIST",
        "题“{name}”用 search(),而名单“{list}”又被没有用 search() 的题使用({others})。请给它单独的名单。",
        "The question '{name}' uses search(), but its list '{list}' is used without search() by {others}. Give it a list of its own.";
    /// A file name that is not of a known kind.
    FileExtension { found: String } = Error, "XF-FILE-EXTENSION",
        "“{found}”:文件名须以 .csv、.xml 或 .geojson 结尾,且只有一个点。请改写。",
        "'{found}': the file name must end with .csv, .xml or .geojson and have one period. Correct it.";
    /// An attachment that was not given.
    AttachmentMissing { file: String } = Error, "XF-ATTACHMENT-MISSING",
        "缺少附件“{file}”。请与表单一起上传,或核对文件名。",
        "The attachment '{file}' is missing. Give it with the form, or correct its name.";
    /// A CSV that is not UTF-8.
    AttachmentEncoding { file: String, encoding: String } = Error, "XF-ATTACHMENT-ENCODING",
        "附件“{file}”不是 UTF-8 编码(像是 {encoding})。请在 Excel 中另存为“CSV UTF-8(逗号分隔)”。",
        "The attachment '{file}' is not UTF-8 (it looks like {encoding}). Save it as 'CSV UTF-8'.";
    /// A column that an attachment must have.
    AttachmentColumn { file: String, column: String } = Error, "XF-ATTACHMENT-COLUMN",
        "附件“{file}”没有列“{column}”。请核对列名,或用参数 value=、label= 指定。",
        "The attachment '{file}' has no column '{column}'. Correct its header, or name the columns with value= and label=.";
    /// Two instances of one id from different files.
    InstanceConflict { id: String, first: String, second: String } = Error, "XF-INSTANCE-CONFLICT",
        "名称“{id}”指两个不同的数据来源({first} 与 {second})。请改其中一个的名称。",
        "The name '{id}' stands for two different sources ({first} and {second}). Rename one of them.";
    /// External instances of one name.
    InstanceTwice { id: String } = Error, "XF-INSTANCE-TWICE",
        "外部数据的名称“{id}”在整份表单里只能用一次。请改名。",
        "External data can have the name '{id}' once in a form. Rename one of them.";
    /// A default that is not one of the choices.
    DefaultChoice { value: String, list: String } = Warning, "XF-DEFAULT-CHOICE",
        "默认值“{value}”不在名单“{list}”里。请核对。",
        "The default '{value}' is not in the list '{list}'. Check it.";
    /// A default that is not of the question's type.
    DefaultType { value: String, wanted: &'static str, wanted_en: &'static str } = Warning, "XF-DEFAULT-TYPE",
        "默认值“{value}”不是{wanted}。请核对。",
        "The default '{value}' is not {wanted_en}. Check it.";

    // Parameters.
    /// Not key=value.
    ParametersSyntax {} = Error, "XF-PARAM-SYNTAX",
        "parameters 要写成“名=值 名=值”,用空格、逗号或分号隔开。请改写。",
        "Write parameters as 'key=value key=value', separated by spaces, commas or semicolons.";
    /// A key that this type does not have.
    ParameterUnknown { found: String, accepted: String, accepted_en: String } = Error, "XF-PARAM-UNKNOWN",
        "这种题型没有参数“{found}”。可用的参数:{accepted}。",
        "This type has no parameter '{found}'. It has: {accepted_en}.";
    /// A value that the key does not take.
    ParameterValue { key: String, value: String, accepted: String, accepted_en: String } = Error, "XF-PARAM-VALUE",
        "参数 {key} 的值“{value}”不对,应为:{accepted}。",
        "The parameter {key} cannot be '{value}'; it must be: {accepted_en}.";
    /// A key that is needed beside another.
    ParameterNeeded { key: String } = Error, "XF-PARAM-NEEDED",
        "还需要参数 {key}。请补上。",
        "The parameter {key} is needed as well. Add it.";
    /// A number of a range that does not fit.
    RangeParameter { key: String, rule: &'static str, rule_en: &'static str } = Error, "XF-RANGE",
        "range 题的参数 {key} {rule}。请改正。",
        "For a range, the parameter {key} {rule_en}. Correct it.";
    /// Ticks with an appearance that has none.
    RangeAppearance {} = Error, "XF-RANGE-APPEARANCE",
        "tick_interval、placeholder、tick_labelset 只能与外观 vertical、no-ticks 或默认外观同用。请改外观或删除参数。",
        "tick_interval, placeholder and tick_labelset go with the appearances vertical, no-ticks or none only. Change the appearance or remove them.";
    /// The package name of an app.
    PackageName { value: String } = Error, "XF-PARAM-APP",
        "“{value}”不是安卓应用的包名(形如 com.example.camera)。",
        "'{value}' is not the package name of an Android app (such as com.example.camera).";
    /// The name of the audit.
    AuditName {} = Error, "XF-AUDIT-NAME",
        "audit 题的名称须留空或写 audit。",
        "The name of an audit must be empty or 'audit'.";
    /// Photos at full size.
    MaxPixels {} = Warning, "XF-IMAGE-SIZE",
        "没有 max-pixels 参数,照片按原大小保存。",
        "Without the parameter max-pixels photos are kept at full size.";
    /// A device id that phones no longer give.
    DeviceField { found: String } = Warning, "XF-TYPE-DEVICE",
        "多数手机已不再提供“{found}”。",
        "Most phones no longer give '{found}'.";

    // References and expressions.
    /// `${` without its end, or no name in it.
    ReferenceSyntax { found: String } = Error, "XF-REF-SYNTAX",
        "引用“{found}”写法不对,应写成 ${{题的名称}}。",
        "The reference '{found}' is not well formed; write ${{name of the question}}.";
    /// A name that is not in the form.
    ReferenceUnknown { name: String } = Error, "XF-REF-UNKNOWN",
        "表单里没有名为“{name}”的题。请核对名称。",
        "No question is named '{name}'. Check the name.";
    /// A name that several questions have.
    ReferenceAmbiguous { name: String } = Error, "XF-REF-AMBIGUOUS",
        "有几道题都叫“{name}”,无法确定引用哪一道。请给它们不同的名称。",
        "Several questions are named '{name}', so it is not clear which is meant. Give them different names.";
    /// Triggers without commas.
    TriggerList {} = Error, "XF-TRIGGER-LIST",
        "trigger 列里有几个引用时,要用逗号隔开。",
        "Separate the references of a trigger with commas.";
    /// A trigger that is not a reference.
    TriggerSyntax { found: String } = Error, "XF-TRIGGER-SYNTAX",
        "trigger 列“{found}”应写成 ${{题的名称}}。",
        "The trigger '{found}' must be written as ${{name of the question}}.";
    /// A trigger that nobody can change.
    TriggerHidden { name: String, target: String } = Error, "XF-TRIGGER-HIDDEN",
        "题“{name}”不显示给用户,不能触发“{target}”的计算。请换一道可见的题。",
        "The question '{name}' is not shown to the user and cannot trigger '{target}'. Name a visible question.";
    /// A calculate without a calculation.
    CalculationMissing {} = Error, "XF-CALC-MISSING",
        "calculate 题没有 calculation。请填写计算式。",
        "This calculate has no calculation. Fill it in.";
    /// background-geopoint with a calculation.
    GeopointCalculation {} = Error, "XF-GEO-CALC",
        "background-geopoint 题的 calculation 列须为空。",
        "The calculation of a background-geopoint must be empty.";
    /// background-geopoint without trigger.
    GeopointTrigger {} = Error, "XF-GEO-TRIGGER",
        "background-geopoint 题须填写 trigger 列。",
        "A background-geopoint needs a trigger.";
    /// reference-geometry that names nothing.
    GeometryReference { value: String } = Error, "XF-GEO-REFERENCE",
        "reference-geometry“{value}”须是名单、实体名单、附件的名称,或写成 ${{重复组名}}。",
        "reference-geometry '{value}' must be the name of a list, an entity list or an attachment, or ${{a repeat}}.";
    /// A calculation that needs its own result.
    Cycle { path: String } = Error, "XF-CYCLE",
        "计算循环:{path}。这些题互相等待对方的结果。请去掉其中一处引用。",
        "The calculations run in a circle: {path}. Remove one of the references.";
    /// Characters that no expression has.
    ExpressionSyntax { found: String } = Error, "XF-EXPR-SYNTAX",
        "表达式在“{found}”处有误。请检查括号、引号和运算符。",
        "The expression is wrong at '{found}'. Check brackets, quotes and operators.";
    /// An expression that stops too early.
    ExpressionEnd {} = Error, "XF-EXPR-END",
        "表达式不完整:末尾还缺一个值或括号。",
        "The expression is not complete: a value or a bracket is missing at its end.";
    /// A bracket without its partner.
    Bracket { found: String } = Error, "XF-EXPR-BRACKET",
        "括号“{found}”没有配对。请补上或删除。",
        "The bracket '{found}' has no partner. Add it, or remove this one.";
    /// A quote without its end.
    Quote {} = Error, "XF-EXPR-QUOTE",
        "从这里开始的引号没有结束。请补上引号。",
        "The quote that begins here does not end. Add the closing quote.";
    /// Brackets within brackets without end.
    ExpressionDeep { limit: usize } = Error, "XF-EXPR-DEEP",
        "括号嵌套超过 {limit} 层。请拆成几道 calculate 题。",
        "Brackets are nested more than {limit} deep. Split the expression into several calculates.";
    /// An expression without end.
    ExpressionLong { limit: usize } = Error, "XF-EXPR-LONG",
        "表达式超过 {limit} 字节。请拆成几道 calculate 题。",
        "The expression is longer than {limit} bytes. Split it into several calculates.";
    /// A function that does not exist.
    FunctionUnknown { name: String } = Error, "XF-EXPR-FUNCTION",
        "不认识函数“{name}()”。请核对写法。",
        "The function '{name}()' is not known. Check its spelling.";
    /// A pattern that cannot be read.
    RegexInvalid { pattern: String } = Error, "XF-EXPR-REGEX",
        "正则表达式“{pattern}”写法有误,或用了不支持的环视、反向引用。请改写。",
        "The regular expression '{pattern}' is not well formed, or looks around or back, which is not supported. Write it differently.";
    /// Full-width characters where an expression needs half-width ones.
    FullWidth { found: String } = Error, "XF-EXPR-FULLWIDTH",
        "表达式里有全角符号“{found}”。请改用半角(英文输入法)的符号。",
        "The expression contains the full-width character '{found}'. Use the half-width one.";
    /// A message that is never shown.
    MessageAlone { column: String } = Warning, "XF-MESSAGE-ALONE",
        "写了 {column},但没有对应的条件,这句话永远不会显示。",
        "There is a {column} but no condition for it, so it is never shown.";

    // Loops.
    /// A loop without list.
    LoopList {} = Error, "XF-LOOP-LIST",
        "begin loop 要写成“begin loop over 名单”。",
        "Write 'begin loop over list'.";

    // Media.
    /// A medium that is not known.
    MediaUnknown { found: String } = Error, "XF-MEDIA-UNKNOWN",
        "不认识媒体列“{found}”。可用:image、big-image、audio、video。",
        "The media column '{found}' is not known. There are image, big-image, audio and video.";
    /// big-image needs image.
    BigImage { name: String } = Error, "XF-MEDIA-BIGIMAGE",
        "题“{name}”用了 big-image,还须填写 image。",
        "The question '{name}' has a big-image; it needs an image as well.";

    // Entities.
    /// `save_to` without the sheet.
    EntitySheet {} = Error, "XF-ENTITY-SHEET",
        "用了 save_to,但没有 entities 工作表。请新建并写明实体名单。",
        "There is a save_to but no entities sheet. Add it and declare the list.";
    /// A property twice.
    EntityPropertyTwice { property: String, other: u32 } = Error, "XF-ENTITY-PROPERTY",
        "实体属性“{property}”已由第 {other} 行写入。请删除或改名其中一个。",
        "The entity property '{property}' is already saved by row {other}. Remove or rename one of them.";
    /// `save_to` of a group.
    EntityGroup {} = Error, "XF-ENTITY-GROUP",
        "组和重复组不能存为实体属性。请把 save_to 移到题目所在的行。",
        "Groups and repeats cannot be saved to an entity. Move the save_to to a question's row.";
    /// A list that is not declared.
    EntityUnknown { list: String } = Error, "XF-ENTITY-UNKNOWN",
        "entities 工作表里没有实体名单“{list}”。请核对名称。",
        "The entities sheet has no list '{list}'. Check the name.";
    /// No label for an entity to create.
    EntityLabel { list: String } = Error, "XF-ENTITY-LABEL",
        "新建实体“{list}”须有 label;如果是更新,请填写 entity_id。",
        "To create an entity of '{list}' a label is needed; to update one, fill in entity_id.";
    /// Update and create without the condition.
    EntityUpdateIf { list: String } = Error, "XF-ENTITY-UPDATEIF",
        "实体“{list}”同时有 entity_id 和 create_if,还须填写 update_if。",
        "The entity list '{list}' has entity_id and create_if; fill in update_if as well.";
    /// Update without id.
    EntityId { list: String } = Error, "XF-ENTITY-ID",
        "实体“{list}”有 update_if,还须填写 entity_id。",
        "The entity list '{list}' has update_if; fill in entity_id as well.";
    /// Several lists and no prefix.
    EntityPrefix {} = Error, "XF-ENTITY-PREFIX",
        "有多个实体名单时,save_to 要写成“名单#属性”。",
        "With several entity lists write save_to as 'list#property'.";
    /// Two delimiters.
    EntityDelimiter {} = Error, "XF-ENTITY-DELIMITER",
        "save_to 里最多只能有一个“#”。",
        "A save_to has one '#' at most.";
    /// No container is left.
    EntityPlace { scope: String, other: u32 } = Error, "XF-ENTITY-PLACE",
        "一个组(或整份表单)只能写入一个实体名单;{scope} 里的位置已被第 {other} 行的名单占用。请把题目分到不同的组。",
        "A group (or the form) can hold one entity list; the place in {scope} is taken by that of row {other}. Put the questions into different groups.";
    /// References in different repeats.
    EntityScope { list: String, scope: String, other: String } = Error, "XF-ENTITY-SCOPE",
        "实体名单“{list}”既用到 {other} 里的题,又用到 {scope} 里的题,二者不能同时取到。请先用 calculate 把值带到同一个组。",
        "The entity list '{list}' uses questions of {other} and of {scope}, which cannot be reached together. Bring the value over with a calculate first.";
    /// A declaration without list name.
    EntityName {} = Error, "XF-ENTITY-NAME",
        "实体名单没有名称。请填写 list_name。",
        "The entity list has no name. Fill in list_name.";
    /// The same list declared twice.
    EntityTwice { list: String } = Error, "XF-ENTITY-TWICE",
        "实体名单“{list}”声明了两次。请删除一行。",
        "The entity list '{list}' is declared twice. Remove one row.";
    /// Names of entities that the standard keeps for itself.
    EntityReserved { name: String } = Error, "XF-ENTITY-RESERVED",
        "“{name}”不能用于实体:不能以两个下划线开头,不能是 name 或 label,名单名里不能有点。",
        "'{name}' cannot be used for entities: not two underscores first, not 'name' or 'label', and no period in a list's name.";

    /// The table was cut.
    MoreProblems { count: u64 } = Error, "XF-MORE",
        "还有 {count} 个问题没有列出。请先改正上面的。",
        "{count} more problems are not listed. Correct those above first.";
}
