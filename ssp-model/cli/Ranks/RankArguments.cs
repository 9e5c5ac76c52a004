using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Model.Training;

namespace SspNative.Cli.Ranks;

/// <summary>The command line of ranks, which must be one: what a rank was given otherwise would be mixed into the others' work.</summary>
internal static class RankArguments
{
    private static readonly string[] _own = ["--threads", "--cache", "--cache-limit"];

    /// <summary>
    /// Makes sure that all ranks are the same program and have the same arguments, but for those that a rank may have of its own. Files count by what is
    /// in them, since machines may keep them in different places. What is in folders, the verbs compare: clips and weights.
    /// </summary>
    /// <exception cref="InputException">A rank has others.</exception>
    public static void RequireSame(ICollective ranks, IReadOnlyList<string> args)
    {
        ranks.RequireSame("program", RankHashes.OfProgram());
        string own = string.Join('\n', Compared(args).Select(a => $"{a.Option}\t{a.Value}"));
        ranks.RequireSame(own, (first, other) => Difference(first.Split('\n'), other.Split('\n')) is { } option ? $"{option} than rank 0" : null);
    }

    /// <summary>Each argument with the option that it belongs to, itself where it is one; files as hashes.</summary>
    internal static IEnumerable<(string Option, string Value)> Compared(IEnumerable<string> args)
    {
        string option = "argument";
        bool isOwn = false;
        foreach (string arg in args)
        {
            if (arg.StartsWith("--", StringComparison.Ordinal))
            {
                option = arg.Split('=')[0];
                isOwn = _own.Contains(option) && !arg.Contains('=');
                if (!_own.Contains(option))
                    yield return (option, Content(arg));
            }
            else if (isOwn)
                isOwn = false;
            else
                yield return (option, Content(arg));
        }
    }

    private static string? Difference(string[] first, string[] other) => Enumerable.Range(0, Math.Max(first.Length, other.Length))
        .Where(i => first.ElementAtOrDefault(i) != other.ElementAtOrDefault(i))
        .Select(i => (first.ElementAtOrDefault(i) ?? other[i]).Split('\t')[0]).FirstOrDefault();

    private static string Content(string arg)
    {
        // Of weights PREFIX=FILE.
        string path = File.Exists(arg) ? arg : arg[(arg.IndexOf('=') + 1)..];
        if (Directory.Exists(path))
            return arg[..^path.Length] + "a folder";
        try
        {
            return File.Exists(path) ? arg[..^path.Length] + RankHashes.OfFile(path) : arg;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // The verb says what is wrong with it.
            return arg;
        }
    }
}
