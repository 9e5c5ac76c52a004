using System.Text.RegularExpressions;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>Links in the project's pages lead to files that are there, and so do names of files in their text.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages => [.. Repository.Files("*.md")];

    [Theory, MemberData(nameof(Pages))]
    public void EveryLinkLeadsSomewhere(string page)
    {
        string folder = Path.GetDirectoryName(Repository.Path(page))!;
        string[] targets = [.. Target().Matches(File.ReadAllText(Repository.Path(page))).Select(m => m.Groups[1].Value).Where(t => !t.Contains(':'))];
        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(folder, target)), $"{page} links to {target}, which is not there"));
    }

    // What stands for files of a user's own work: a worked example, names of cases, what tests write.
    private static readonly string[] _made = ["SwiGlu.cs", "models/aavs-avs-base", "models/perceiver-flow-full", "/bin/"];

    [Theory, MemberData(nameof(Pages))]
    public void EveryFileThatIsNamedIsThere(string page)
    {
        string text = Block().Replace(File.ReadAllText(Repository.Path(page)), "");
        string[] named =
        [
            .. Code().Matches(text).Select(m => m.Groups[1].Value)
                .Where(n => Directory.Exists(Repository.Path(n.Split('/')[0])) && !_made.Any(n.Contains)),
        ];
        Assert.All(named, name => Assert.True(Path.Exists(Repository.Path(name)), $"{page} names {name}, which is not there"));
    }

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"`(\w[\w.\-]*/[\w.\-/]*)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)#\s]+)")]
    private static partial Regex Target();
}
