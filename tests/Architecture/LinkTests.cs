using System.Text.RegularExpressions;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>Links in the project's pages lead to files that are there.</summary>
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

    [GeneratedRegex(@"\]\(([^)#\s]+)")]
    private static partial Regex Target();
}
