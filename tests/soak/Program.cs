using System.Globalization;
using SspNative.Soak;

// SspNative.Soak CLIPS FOLDER OUT: puts that many clips through one process of the library, and through one server. Exits with 1 where a result changed or
// something grew.
if (args is not [var clips, var folder, var results] || !int.TryParse(clips, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1)
{
    Console.Error.WriteLine("usage: SspNative.Soak CLIPS FOLDER OUT");
    return 2;
}
Directory.CreateDirectory(results);
IReadOnlyList<ClipKind> kinds = ClipKinds.Make(folder);
SoakRun library = LibrarySoak.Run(kinds, count, folder);
SoakReport.WriteTable(library, results);
SoakRun server = await ServerSoak.Run([.. kinds.Where(k => k.IsFile && !k.HasVideo)], count);
SoakReport.WriteTable(server, results);
SoakReport.Draw([library, server], results);
foreach (SoakRun run in (SoakRun[])[library, server])
    Console.WriteLine(run.Summary);
return library.Faults.Count + server.Faults.Count > 0 ? 1 : 0;
