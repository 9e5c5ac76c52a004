// What survived in an earlier report, tested again.
// Again.cs spans OLD ROOT FOLDER HOME: prints what is to change, as Stryker's list in JSON. Of a file that has changed since, that is all of it.
// Again.cs merge OLD NEW OUT: writes the earlier report with what the new one says of the mutants that it tested.
using System.Text.Json.Nodes;

JsonObject old = Read(args[1]);
string[] left = ["Survived", "NoCoverage"];
if (args[0] == "spans")
{
    (string root, string folder, string home) = (args[2], args[3], args[4]);
    var spans = new JsonArray();
    foreach ((string path, JsonNode? file) in Files(old))
    {
        string name = Name(old, path, home);
        if (name != folder && !name.StartsWith(folder + "/", StringComparison.Ordinal))
        {
            Console.Error.WriteLine($"the earlier report is of {name}, which is not in {folder}: name the folder that it is of");
            return 2;
        }
        string below = Path.GetRelativePath(home, name);
        if (!IsSame(file!, Path.Combine(root, name)))
        {
            spans.Add((JsonNode)below);
            continue;
        }
        string source = file!["source"]!.GetValue<string>();
        foreach (JsonNode? mutant in file["mutants"]!.AsArray().Where(m => left.Contains(Status(m!))))
            spans.Add((JsonNode)$"{below}{{{Offset(source, mutant!["location"]!["start"]!)}..{Offset(source, mutant["location"]!["end"]!)}}}");
    }
    string full = Path.Combine(root, folder);
    // A sample has none of many files.
    bool isWhole = old["sampled"]?.GetValue<bool>() != true;
    foreach (string path in isWhole && Directory.Exists(full) ? Directory.GetFiles(full, "*.cs", SearchOption.AllDirectories) : [])
        if (!Files(old).Any(f => Name(old, f.Key, home) == Path.GetRelativePath(root, path)))
            spans.Add((JsonNode)Path.GetRelativePath(Path.Combine(root, home), path));
    Console.WriteLine(spans.ToJsonString());
    return 0;
}

(JsonObject now, string merged) = (Read(args[2]), args[3]);
var files = new JsonObject();
foreach ((string path, JsonNode? file) in Files(now))
{
    string name = Name(now, path, "");
    JsonNode? before = Files(old).FirstOrDefault(f => Name(old, f.Key, "") == name).Value;
    if (before is null || !IsSame(before, path))
    {
        files[path] = file!.DeepClone();
        continue;
    }
    ILookup<string, string> found = file!["mutants"]!.AsArray().Where(m => Status(m!) != "Ignored").ToLookup(m => Key(m!), m => Status(m!));
    JsonNode copy = before.DeepClone();
    foreach (JsonNode? mutant in copy["mutants"]!.AsArray().Where(m => left.Contains(Status(m!))))
        mutant!["status"] = found[Key(mutant)].FirstOrDefault() ?? Status(mutant);
    files[path] = copy;
}
// A file of whose mutants none survived was not tested again.
string projectRoot = now["projectRoot"]!.GetValue<string>();
foreach ((string path, JsonNode? file) in Files(old))
    if (Path.Combine(projectRoot, Name(old, path, "")) is var same && !files.ContainsKey(same) && IsSame(file!, same))
        files[same] = file!.DeepClone();
now["sampled"] = old["sampled"]?.DeepClone();
now["files"] = files;
File.WriteAllText(merged, now.ToJsonString());
return 0;

static JsonObject Read(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();

static JsonObject Files(JsonObject report) => report["files"]!.AsObject();

static string Status(JsonNode mutant) => mutant["status"]!.GetValue<string>();

static string Key(JsonNode mutant) => $"{mutant["location"]!.ToJsonString()} {mutant["mutatorName"]} {mutant["replacement"]}";

// A file of a report, as it is named below the repository's root.
static string Name(JsonObject report, string path, string home) =>
    Path.Combine(home, Path.GetRelativePath(report["projectRoot"]!.GetValue<string>(), path));

static bool IsSame(JsonNode file, string path) => File.Exists(path) && file["source"]!.GetValue<string>() == File.ReadAllText(path);

static int Offset(string source, JsonNode position)
{
    int at = 0;
    for (int line = 1; line < position["line"]!.GetValue<int>(); line++)
        at = source.IndexOf('\n', at) + 1;
    return at + position["column"]!.GetValue<int>() - 1;
}
