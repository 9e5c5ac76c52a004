namespace SspNative.Tests.Support;

/// <summary>Tests that take long run in continuous integration (CI=true) or on demand (SSP_FULL_TESTS=1).</summary>
internal static class SlowTests
{
    public const string Reason = "takes a minute or more; set SSP_FULL_TESTS=1 to run it";

    public static bool Wanted =>
        Environment.GetEnvironmentVariable("SSP_FULL_TESTS") == "1"
        || string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);
}
