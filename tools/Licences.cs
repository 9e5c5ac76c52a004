// Lists the packages of a bill of materials with their licences. Exits with 1 where one states none.
#:property PublishAot=false
using System.Text;
using System.Text.Json;

using JsonDocument bom = JsonDocument.Parse(File.ReadAllBytes(args[0]));
int without = 0;
foreach (JsonElement package in bom.RootElement.GetProperty("components").EnumerateArray()
    .OrderBy(c => c.GetProperty("name").GetString(), StringComparer.OrdinalIgnoreCase))
{
    string[] licences = package.TryGetProperty("licenses", out JsonElement stated) ? [.. stated.EnumerateArray().Select(Licence)] : [];
    Console.WriteLine(
        $"{package.GetProperty("name")} {package.GetProperty("version")}: {(licences.Length == 0 ? "no licence stated" : string.Join(", ", licences))}");
    without += licences.Length == 0 ? 1 : 0;
}
if (without > 0)
    Console.Error.WriteLine($"{without} packages state no licence");
return without > 0 ? 1 : 0;

static string Licence(JsonElement choice)
{
    if (choice.TryGetProperty("expression", out JsonElement expression))
        return expression.GetString()!;
    JsonElement licence = choice.GetProperty("license");
    foreach (string name in (string[])["id", "url"])
        if (licence.TryGetProperty(name, out JsonElement known))
            return known.GetString()!;
    // A licence of a package's own is told by the first words of its text.
    string text = licence.TryGetProperty("text", out JsonElement embedded)
        ? Encoding.UTF8.GetString(Convert.FromBase64String(embedded.GetProperty("content").GetString()!))
        : "";
    return text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(line => line.Any(char.IsLetter))
        ?? licence.GetProperty("name").GetString()!;
}
