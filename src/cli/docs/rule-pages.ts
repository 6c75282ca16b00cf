/** The manual of the two files of rules in a vault: .fsyncignore and .fsyncattributes. */
import { CONFLICT_STRATEGIES, type ConflictStrategy } from '../../core/conflict/conflict-strategy.js';
import { literal, macroWord, prose, tagList } from './mdoc.js';
import { head, seeAlso } from './page-frame.js';

export function ignorePage(): readonly string[] {
  const rules: readonly (readonly [string, string])[] = [
    ['# text', 'A comment, as is an empty line. A name that begins with # is written \\\\#.'],
    ['name', 'A file or directory of that name, at any depth.'],
    ['/name', 'The same, at the root of the vault only. Any other slash within a pattern binds it to the root, too.'],
    ['name/', 'A directory of that name and all that is in it, but no file.'],
    ['*  ?  [a-z]', 'Any characters, one character, one of a range; none of them matches a slash.'],
    ['**/  /**  /**/', 'Any number of directories before, below or between.'],
    [
      '!pattern',
      'What matches is synced after all; the last rule that matches decides. Nothing below an ignored directory can be brought back.',
    ],
  ];
  return [
    ...head('fsyncignore', 'what is left out of a vault', 5),
    '.Sh SYNOPSIS',
    '.Pa .fsyncignore',
    '.Sh DESCRIPTION',
    ...prose('The file .fsyncignore at the root of a vault says what stays on this machine only, one pattern a line, as in .gitignore.'),
    ...prose(
      'It is synced itself, whatever its rules say, so all devices ignore the same. Its rules count from the moment the file arrives.',
    ),
    '.Pp',
    ...prose('A rule for something that is in the vault already deletes nothing anywhere: it is left alone from then on.'),
    '.Pp',
    ...prose(
      'What a device moves out of an ignored directory comes on all others; what they still have there stays there as well. What it moves into one goes there on all. A directory that is deleted elsewhere stays here as long as something ignored is in it.',
    ),
    '.Pp',
    ...prose('The folder .fsync is always left out.'),
    '.Ss Patterns',
    ...tagList(rules.map(([term, meaning]) => [`Li ${macroWord(term)}`, prose(meaning.replaceAll('\\\\', '\\'))])),
    '.Sh EXAMPLES',
    ...literal(['# what programs make', '*.log', '/build/', 'node_modules/', '', '# but this one is wanted', '!important.log']),
    '.Sh SEE ALSO',
    ...seeAlso([
      ['fsync', 1],
      ['fsync-folder', 1],
      ['gitignore', 5],
    ]),
  ];
}

export function attributesPage(): readonly string[] {
  const strategies: Readonly<Record<ConflictStrategy, string>> = {
    lww: 'The later version keeps the name, the other one becomes a conflict copy, and a person settles it with fsync resolve. The default.',
    'keep-both': 'The same, but both count as settled: two files from then on.',
    ours: 'The version of the device that finds the conflict has the name; the other one is in the history.',
    theirs: 'The other version has the name; that of the device that finds the conflict is in the history.',
    merge: 'Text is put together line by line, with the version that both began with; what does not merge cleanly is left as with lww.',
  };
  return [
    ...head('fsyncattributes', 'how conflicts in a vault are settled', 5),
    '.Sh SYNOPSIS',
    '.Pa .fsyncattributes',
    '.Sh DESCRIPTION',
    ...prose('The file .fsyncattributes at the root of a vault says, path by path, how a conflict is settled without asking a person.'),
    ...prose('A line is a pattern as in .fsyncignore, then conflict= and a strategy; the last line that matches a path decides.'),
    ...prose('A pattern with spaces stands in double quotes. Other attributes are left alone, and a line that begins with # is a comment.'),
    '.Pp',
    ...prose('The file is synced itself. Where it says nothing, the setting conflict.strategy of the device that finds the conflict does.'),
    '.Pp',
    ...prose('A conflict is settled by the device that finds it, with the commit that fsync resolve would make: fsync undo takes it back.'),
    ...prose('It is left alone when either version was edited since.'),
    '.Ss Strategies',
    ...tagList(CONFLICT_STRATEGIES.map((strategy) => [`Cm ${macroWord(strategy)}`, prose(strategies[strategy])])),
    '.Sh EXAMPLES',
    ...literal(['*.md conflict=merge', '"meeting notes/*" conflict=keep-both', '/generated/ conflict=theirs']),
    '.Sh SEE ALSO',
    ...seeAlso([
      ['fsync-sync', 1],
      ['fsync-config', 5],
      ['fsyncignore', 5],
      ['gitattributes', 5],
    ]),
  ];
}
