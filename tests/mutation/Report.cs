// Reads a report in Stryker's form: Report.cs REPORT FLOOR ROOT EQUIVALENT. Prints each mutant that no test noticed, and the score. Exit code 1 where the score
// is below the floor, or where the list of equivalent mutants names one that is gone.
using System.Globalization;
using System.Text.Json;

(string path, double floor, string root, string list) = (args[0], double.Parse(args[1], CultureInfo.InvariantCulture), args[2], args[3]);
HashSet<string> equivalent = [.. File.ReadLines(list).Where(line => line.Length > 0 && line[0] is not (' ' or '#'))], met = [];
using JsonDocument report = JsonDocument.Parse(File.ReadAllText(path));
var counts = new Dictionary<string, int>();
var files = new HashSet<string>();
foreach (JsonProperty file in report.RootElement.GetProperty("files").EnumerateObject())
{
    string name = Path.GetRelativePath(root, file.Name);
    files.Add(name);
    string[] lines = file.Value.GetProperty("source").GetString()!.Split('\n');
    foreach (JsonElement mutant in file.Value.GetProperty("mutants").EnumerateArray())
    {
        string status = mutant.GetProperty("status").GetString()!;
        (int line, string change) = Describe(mutant, lines);
        if (equivalent.Contains($"{name}: {change}"))
        {
            met.Add($"{name}: {change}");
            status = status is "Survived" or "NoCoverage" ? "Equivalent" : status;
        }
        counts[status] = counts.GetValueOrDefault(status) + 1;
        if (status is "Survived" or "NoCoverage")
            Console.WriteLine($"{name}:{line}: {change}");
    }
}
bool sampled = report.RootElement.TryGetProperty("sampled", out JsonElement s) && s.GetBoolean();
string[] stale = sampled ? [] : [.. equivalent.Where(e => files.Contains(e.Split(": ")[0])).Except(met)];
foreach (string entry in stale)
    Console.WriteLine($"{Path.GetFileName(list)} names a mutant that is gone: {entry}");
int killed = Count("Killed", "Timeout", "RuntimeError"), all = killed + Count("Survived", "NoCoverage");
double score = all == 0 ? 100 : 100.0 * killed / all;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{score:0.0} % of {all} mutants killed, {Count("Timeout", "RuntimeError")} of them by time or a crash; not counted: {Count("Equivalent")} equivalent, "
    + $"{Count("CompileError")} do not compile, {Count("Ignored")} within others"));
return score >= floor && stale.Length == 0 ? 0 : 1;

int Count(params string[] statuses) => statuses.Sum(s => counts.GetValueOrDefault(s));

// The line of a mutant, and "code → changed code", on one line.
static (int Line, string Change) Describe(JsonElement mutant, string[] lines)
{
    JsonElement location = mutant.GetProperty("location");
    (int line, int column) = At(location.GetProperty("start"));
    (int lastLine, int end) = At(location.GetProperty("end"));
    string code = lastLine == line ? lines[line - 1][column..end] : string.Join(' ', lines[(line - 1)..lastLine]);
    return (line, $"{OneLine(code)} → {OneLine(mutant.GetProperty("replacement").GetString()!)}");
}

static (int Line, int Column) At(JsonElement position) => (position.GetProperty("line").GetInt32(), position.GetProperty("column").GetInt32() - 1);

static string OneLine(string code)
{
    string text = string.Join(' ', code.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    return text.Length > 120 ? text[..120] + "…" : text;
}
