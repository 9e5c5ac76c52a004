using SspNative.Cli.Ranks;
using SspNative.Engine;
using SspNative.Tests.Distributed;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Ranks;

/// <summary>Ranks that were given different things are refused before they mix them.</summary>
public sealed class RankArgumentsTests : IDisposable
{
    private static readonly string[] _train = ["train", "--data", "set", "--flow", "none"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheOptionThatDiffersIsNamed()
    {
        Assert.Equal("--flow", Refused(_train, ["train", "--data", "set", "--flow", "exact"]));
        Assert.Equal("--flow", Refused(_train, ["train", "--data", "set"]));
        Assert.Equal("--subset", Refused(_train, [.. _train, "--subset", "v1s"]));
        Assert.Equal("--flow=none", string.Join(' ', RankArguments.Compared(["--flow=none"]).Select(a => a.Value)));
    }

    [Fact]
    public void WhatARankMayHaveOfItsOwnIsNotCompared() =>
        Assert.Null(Refused([.. _train, "--threads", "2"], [.. _train, "--cache", "here", "--threads", "1"]));

    [Fact]
    public void WhatFollowsAnOwnOptionsValueIsCompared() =>
        Assert.Equal(["eval", "b.safetensors"], RankArguments.Compared(["eval", "--threads", "4", "b.safetensors", "--cache=here"]).Select(a => a.Value));

    [Fact]
    public void FilesCountByWhatIsInThem()
    {
        File.WriteAllText(_folder["a.json"], "{}");
        File.WriteAllText(_folder["b.json"], "{}");
        File.WriteAllText(_folder["c.json"], "{ }");
        Assert.Null(Refused(With("a.json"), With("b.json")));
        Assert.Equal("--options", Refused(With("a.json"), With("c.json")));
        Assert.Equal("--weights", Refused([.. _train, "--weights", $"clip={_folder["a.json"]}"], [.. _train, "--weights", $"clip={_folder["c.json"]}"]));
        Assert.Null(Refused([$"--data={_folder.Path}"], [$"--data={Path.GetTempPath()}"]));
        Assert.Null(Refused([.. _train, "--weights", $"clip={_folder["a.json"]}"], [.. _train, "--weights", $"clip={_folder["b.json"]}"]));

        string[] With(string file) => [.. _train, "--options", _folder[file]];
    }

    // The option that rank 1 is refused for; null: it is not. Both ranks say the same.
    private static string? Refused(string[] first, string[] second)
    {
        string?[] said = ThreadRanks.Run(2, ranks =>
        {
            try
            {
                RankArguments.RequireSame(ranks, ranks.Rank == 0 ? first : second);
                return null;
            }
            catch (InputException e)
            {
                return e.Message;
            }
        });
        Assert.Equal(said[0], said[1]);
        return said[0]?.Split(' ')[4];
    }
}
