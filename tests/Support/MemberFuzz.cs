using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace SspNative.Tests.Support;

/// <summary>Puts values of every kind in every member of a JSON file, one at a time.</summary>
internal static class MemberFuzz
{
    private const int LongestMessage = 300;

    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    private static readonly string[] _values =
    [
        "null", "-1", "0", "1", "3", "1000000", "2147483647", "99999999999", "0.5", "1e400", "\"x\"", "\"\\ud800\"", "[]", "[1]", "[null]", "true", "{}",
    ];

    /// <summary>Fails if a reader throws, is slow, or refuses in more than one short line.</summary>
    /// <param name="json">A file that is right.</param>
    /// <param name="refusal">Reads a file: null where it can be used, else the message.</param>
    /// <returns>How many files could be used and how many not.</returns>
    public static (int Worked, int Refused) Run(string json, Func<string, string?> refusal)
    {
        Assert.Null(refusal(json));
        var failures = new List<string>();
        int worked = 0, refused = 0;
        foreach (string path in Paths(JsonNode.Parse(json)!))
            foreach (string value in _values)
            {
                var clock = Stopwatch.StartNew();
                try
                {
                    string? message = refusal(Replace(json, path, value));
                    (worked, refused) = message is null ? (worked + 1, refused) : (worked, refused + 1);
                    if (message is not null && (message.Length > LongestMessage || message.Any(char.IsControl)))
                        failures.Add($"{path} = {value}: {message}");
                }
                catch (Exception e)
                {
                    failures.Add($"{path} = {value}: {e.GetType().Name}: {e.Message}");
                }
                if (clock.Elapsed > _longest)
                    failures.Add($"{path} = {value}: took {clock.Elapsed}");
            }
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        return (worked, refused);
    }

    private static IEnumerable<string> Paths(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject members => members.Select(m => m.Value),
            JsonArray items => items,
            _ => [],
        };
        return children.OfType<JsonNode>().SelectMany(child => Paths(child).Prepend(child.GetPath()));
    }

    private static string Replace(string json, string path, string value)
    {
        const string mark = "the value that is replaced";
        JsonNode root = JsonNode.Parse(json)!;
        JsonNode target = Find(root, path);
        target.ReplaceWith(JsonValue.Create(mark));
        return root.ToJsonString().Replace($"\"{mark}\"", value, StringComparison.Ordinal);
    }

    private static JsonNode Find(JsonNode node, string path) => node.GetPath() == path
        ? node
        : (node is JsonObject members ? members.Select(m => m.Value) : (JsonArray)node).OfType<JsonNode>()
            .Where(child => path == child.GetPath() || path.StartsWith(child.GetPath() + ".", StringComparison.Ordinal)
                || path.StartsWith(child.GetPath() + "[", StringComparison.Ordinal))
            .Select(child => Find(child, path)).First();
}
