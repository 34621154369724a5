/** What a household hears or somebody signs: in both of the region's languages, whatever language the screens have. */
export interface BothTexts {
  zh: string
  /** In the traditional script, which is set in columns from left to right. */
  mn: string
}

/** No speaker has reviewed the Mongolian texts: the screens say so, and that the Chinese text is what holds. */
export const isReviewed = false

/** What is read out before anything is asked or recorded. */
export const consent: BothTexts = {
  zh: '您好，我们受民政部门委托，核实您家的经济状况。调查会填写问卷、拍照、全程录音，只用于社会救助核查，依法保密。您可以不同意，也可以随时要求停止。您同意吗？',
  mn: 'ᠰᠠᠢᠨ ᠪᠠᠢᠨ᠎ᠠ ᠤᠤ᠃ ᠪᠢᠳᠡ ᠢᠷᠭᠡᠨ ᠦ ᠵᠠᠰᠠᠭ ᠤᠨ ᠬᠡᠯᠲᠡᠰ ᠦᠨ ᠳᠠᠭᠠᠯᠭᠠᠪᠤᠷᠢ ᠪᠠᠷ ᠲᠠᠨ ᠤ ᠭᠡᠷ ᠦᠨ ᠠᠵᠤ ᠠᠬᠤᠢ ᠶᠢᠨ ᠪᠠᠢᠳᠠᠯ ᠢ ᠮᠠᠭᠠᠳᠯᠠᠨ ᠪᠠᠢᠴᠠᠭᠠᠵᠤ ᠪᠠᠢᠨ᠎ᠠ᠃ ᠠᠰᠠᠭᠤᠯᠲᠠ ᠪᠥᠭᠯᠡᠵᠦ᠂ ᠭᠡᠷᠡᠯ ᠵᠢᠷᠤᠭ ᠠᠪᠴᠤ᠂ ᠶᠠᠷᠢᠯᠴᠠᠯᠭ᠎ᠠ ᠶᠢ ᠪᠦᠬᠦᠯᠢ ᠳᠦ ᠨᠢ ᠳᠠᠭᠤᠨ ᠤ ᠪᠢᠴᠢᠯᠭᠡ ᠬᠢᠨ᠎ᠡ᠃ ᠡᠳᠡᠭᠡᠷ ᠢ ᠵᠥᠪᠬᠡᠨ ᠨᠡᠶᠢᠭᠡᠮ ᠦᠨ ᠲᠤᠰᠠᠯᠠᠮᠵᠢ ᠶᠢᠨ ᠪᠠᠢᠴᠠᠭᠠᠯᠲᠠ ᠳᠤ ᠬᠡᠷᠡᠭᠯᠡᠵᠦ᠂ ᠬᠠᠤᠯᠢ ᠶᠢᠨ ᠳᠠᠭᠠᠤ ᠨᠢᠭᠤᠴᠠᠯᠠᠨ᠎ᠠ᠃ ᠲᠠ ᠵᠥᠪᠰᠢᠶᠡᠷᠡᠬᠦ ᠦᠭᠡᠢ ᠪᠠᠢᠵᠤ ᠪᠣᠯᠤᠨ᠎ᠠ᠂ ᠮᠥᠨ ᠬᠡᠳᠦᠢ ᠴᠤ ᠵᠣᠭᠰᠣᠭᠠᠬᠤ ᠶᠢ ᠱᠠᠭᠠᠷᠳᠠᠵᠤ ᠪᠣᠯᠤᠨ᠎ᠠ᠃ ᠲᠠ ᠵᠥᠪᠰᠢᠶᠡᠷᠡᠬᠦ ᠦᠦ？',
}

/** What somebody signs in a role, of the household with a code. */
export function statementOf(role: string, code: string): BothTexts {
  return role === 'investigator' ? ofInvestigator(code) : ofHousehold(code)
}

/** The household by its code; one that was found in the field has none yet. */
function numbered(code: string): string {
  return code === '' ? '新发现户，编号待登记' : `户编号 ${code}`
}

/** What the household and the neighbour sign. */
function ofHousehold(code: string): BothTexts {
  return {
    zh: `本人确认：调查人员已入户调查（${numbered(code)}），已说明来意；问卷所填、照片和录音属实，本人已看过或听读过。`,
    mn: `ᠪᠢ ᠳᠠᠷᠠᠭᠠᠬᠢ ᠵᠦᠢᠯ ᠢ ᠪᠠᠲᠤᠯᠠᠵᠤ ᠪᠠᠢᠨ᠎ᠠ᠄ ᠪᠠᠢᠴᠠᠭᠠᠨ ᠰᠢᠨᠵᠢᠯᠡᠭᠡᠴᠢᠳ ᠭᠡᠷ ᠲᠦ ᠢᠷᠡᠵᠦ ᠪᠠᠢᠴᠠᠭᠠᠨ ᠰᠢᠨᠵᠢᠯᠡᠭᠡᠳ${code === '' ? '' : ` (ᠡᠷᠦᠬᠡ ᠶᠢᠨ ᠨᠣᠮᠧᠷ ${code})`}᠂ ᠢᠷᠡᠭᠰᠡᠨ ᠵᠣᠷᠢᠯᠭ᠎ᠠ ᠪᠠᠨ ᠲᠠᠢᠯᠪᠤᠷᠢᠯᠠᠪᠠ᠃ ᠠᠰᠠᠭᠤᠯᠲᠠ ᠳᠤ ᠪᠥᠭᠯᠡᠭᠰᠡᠨ ᠵᠦᠢᠯ᠂ ᠭᠡᠷᠡᠯ ᠵᠢᠷᠤᠭ᠂ ᠳᠠᠭᠤᠨ ᠤ ᠪᠢᠴᠢᠯᠭᠡ ᠦᠨᠡᠨ ᠪᠣᠯᠤᠨ᠎ᠠ᠃ ᠪᠢ ᠥᠪᠡᠷ ᠢᠶᠡᠨ ᠦᠵᠡᠭᠰᠡᠨ ᠪᠤᠶᠤ ᠤᠩᠰᠢᠵᠤ ᠥᠭᠭᠦᠭᠰᠡᠨ ᠢ ᠰᠣᠨᠣᠰᠤᠭᠰᠠᠨ᠃`,
  }
}

/** What each investigator signs. */
function ofInvestigator(code: string): BothTexts {
  return {
    zh: `本人确认：已到${code === '' ? '这户新发现、编号待登记的人家' : `户编号 ${code} 的住处`}当面调查，问卷、照片、录音均为现场取得，未作改动。`,
    mn: `ᠪᠢ ᠪᠠᠲᠤᠯᠠᠵᠤ ᠪᠠᠢᠨ᠎ᠠ᠄ ${code === '' ? '' : `ᠡᠷᠦᠬᠡ ᠶᠢᠨ ᠨᠣᠮᠧᠷ ${code} ᠶᠢᠨ `}ᠭᠡᠷ ᠲᠦ ᠣᠴᠢᠵᠤ ᠪᠡᠶᠡᠴᠢᠯᠡᠨ ᠪᠠᠢᠴᠠᠭᠠᠨ ᠰᠢᠨᠵᠢᠯᠡᠭᠰᠡᠨ᠃ ᠠᠰᠠᠭᠤᠯᠲᠠ᠂ ᠭᠡᠷᠡᠯ ᠵᠢᠷᠤᠭ᠂ ᠳᠠᠭᠤᠨ ᠤ ᠪᠢᠴᠢᠯᠭᠡ ᠶᠢ ᠴᠥᠮ ᠭᠠᠵᠠᠷ ᠳᠡᠭᠡᠷ᠎ᠡ ᠨᠢ ᠠᠪᠤᠭᠰᠠᠨ᠂ ᠥᠭᠡᠷᠡᠴᠢᠯᠡᠭᠰᠡᠨ ᠦᠭᠡᠢ᠃`,
  }
}
