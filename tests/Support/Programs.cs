namespace SspNative.Tests.Support;

/// <summary>Programs on the PATH that tests need.</summary>
internal static class Programs
{
    public static bool HasFfmpeg => Find("ffmpeg", "ffmpeg.exe") is not null;

    /// <summary>The first of some programs that is on the PATH; null where none is.</summary>
    public static string? Find(params string[] names) => names.SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
