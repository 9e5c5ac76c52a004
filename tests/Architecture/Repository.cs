namespace SspNative.Tests.Architecture;

/// <summary>The source files that this test assembly was built from.</summary>
internal static class Repository
{
    private static readonly string _root = FindRoot();

    /// <summary>Files below the root that match a pattern, with forward slashes, without build outputs and hidden folders.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(_root, pattern, SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(_root, f).Replace('\\', '/'))
            .Where(f => !f.Split('/').SkipLast(1).Any(folder => folder is "bin" or "obj" or "TestResults" || folder.StartsWith('.')));

    public static string Path(string file) => System.IO.Path.Combine(_root, file);

    private static string FindRoot()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(System.IO.Path.Combine(d.FullName, "SSP.Native.sln")))
                return d.FullName;
        throw new DirectoryNotFoundException($"no SSP.Native.sln above {AppContext.BaseDirectory}: run the tests from a checkout");
    }
}
