// Reads Stryker's report: the score, and each mutant that no test noticed. Exit code 1 where the score is below the floor.
using System.Globalization;
using System.Text.Json;

using JsonDocument report = JsonDocument.Parse(File.ReadAllText(args[0]));
double floor = double.Parse(args[1], CultureInfo.InvariantCulture);
var counts = new Dictionary<string, int>();
foreach (JsonProperty file in report.RootElement.GetProperty("files").EnumerateObject())
{
    string[] lines = file.Value.GetProperty("source").GetString()!.Split('\n');
    foreach (JsonElement mutant in file.Value.GetProperty("mutants").EnumerateArray())
    {
        string status = mutant.GetProperty("status").GetString()!;
        counts[status] = counts.GetValueOrDefault(status) + 1;
        if (status is not ("Survived" or "NoCoverage"))
            continue;
        JsonElement start = mutant.GetProperty("location").GetProperty("start"), end = mutant.GetProperty("location").GetProperty("end");
        int line = start.GetProperty("line").GetInt32(), column = start.GetProperty("column").GetInt32() - 1;
        string first = lines[line - 1];
        string code = end.GetProperty("line").GetInt32() == line ? first[column..(end.GetProperty("column").GetInt32() - 1)] : first[column..].Trim() + " …";
        string change = mutant.GetProperty("replacement").GetString()!.ReplaceLineEndings(" ");
        Console.WriteLine($"{Path.GetRelativePath(args[2], file.Name)}:{line}: {code} → {(change.Length > 100 ? change[..100] + " …" : change)}");
    }
}
int Count(params string[] statuses) => statuses.Sum(s => counts.GetValueOrDefault(s));
int killed = Count("Killed", "Timeout", "RuntimeError"), all = killed + Count("Survived", "NoCoverage");
if (all == 0)
{
    Console.WriteLine("there is nothing to change");
    return 0;
}
double score = 100.0 * killed / all;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{score:0.0} % of {all} mutants killed, {Count("Timeout")} of them by time; not counted: {Count("CompileError")} do not compile, {Count("Ignored")} ignored"));
return score >= floor ? 0 : 1;
