using Xunit;

namespace SspNative.Tests.Support;

/// <summary>A script of the shell in place of another library.</summary>
internal static class FakePeer
{
    /// <summary>A peer that answers every question, and has no convolution.</summary>
    public const string Command = """
        while read -r line; do case "$line" in
        *hello*) echo '{"name":"fake","version":"1.0","threads":2}';;
        *conv2d*) echo '{"unsupported":"it has no convolution"}';;
        *prepare*) echo '{"ready":true}';;
        *run*) echo '{"seconds":[0.5]}';;
        *processor*) echo '{"seconds":0.25}';;
        *outputs*) echo '{"outputs":[{"name":"y","shape":[2],"values":"AACAPwAAAEA="}]}';;
        *memory*) echo '{"peak_bytes":1048576}';;
        *drop*) echo '{"dropped":true}';;
        esac; done
        """;

    public static void SkipWithoutShell() => Skip.If(OperatingSystem.IsWindows(), "needs /bin/sh");
}
