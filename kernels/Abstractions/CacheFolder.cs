namespace SspNative.Kernels;

/// <summary>The folder of what can be made again and is kept between runs.</summary>
public static class CacheFolder
{
    /// <summary>
    /// The folder for a purpose: below <c>XDG_CACHE_HOME</c> where that is set, else the account's usual one; null where the account has none. It is not made.
    /// </summary>
    /// <param name="purpose">The name of the folder.</param>
    public static string? Of(string purpose)
    {
        string caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".cache")
            : "";
        return caches.Length > 0 ? Path.Combine(caches, "ssp", purpose) : null;
    }
}
