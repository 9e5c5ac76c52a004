using Microsoft.Win32.SafeHandles;
using SspNative.Engine.Storage;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Storage;

/// <summary>Calls of the system that .NET does not offer. <see cref="SystemCallTests"/> gives them answers of disks that refuse.</summary>
public sealed class FileSystemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public void TwoNamesAreExchanged()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "other systems cannot");
        File.WriteAllText(_folder["a"], "first");
        File.WriteAllText(_folder["b"], "second");
        Assert.True(FileSystem.TryExchange(_folder["a"], _folder["b"]));
        Assert.Equal("second", File.ReadAllText(_folder["a"]));
        Assert.Equal("first", File.ReadAllText(_folder["b"]));
    }

    [Fact]
    public void WhatIsNotThereIsNotExchanged()
    {
        File.WriteAllText(_folder["a"], "first");
        Assert.False(FileSystem.TryExchange(_folder["a"], _folder["b"]));
        Assert.Equal("first", File.ReadAllText(_folder["a"]));
    }

    [Fact]
    public void WhatIsNotThereIsNotOpened() => Assert.Null(FileSystem.OpenLocked(_folder["a"]));

    // One that may be written and not read cannot be opened, and one of the system's own cannot be flushed.
    [SkippableTheory]
    [InlineData("missing")]
    [InlineData("/proc")]
    public void AFolderThatCannotBeForcedToTheDiskIsLeft(string folder)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc is Linux's");
        FileSystem.FlushFolderToDisk(_folder[folder]);
    }

    [SkippableFact]
    public void WhatCannotBeForcedToTheDiskIsAnError()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc is Linux's");
        using SafeFileHandle handle = File.OpenHandle("/proc/self/status");
        Assert.StartsWith("a result: could not be forced to the disk", Assert.Throws<IOException>(() => FileSystem.FlushToDisk(handle, "a result")).Message);
    }

    // Other tests flush too.
    [Fact]
    public void WhoAsksKnowsOfAFlush()
    {
        Assert.True(FileSystem.Flushing(() => FileSystem.IsFlushing));
        Assert.Throws<IOException>(() => FileSystem.Flushing(() => throw new IOException()));
        Assert.True(SpinWait.SpinUntil(() => !FileSystem.IsFlushing, TimeSpan.FromSeconds(10)));
    }

    public void Dispose() => _folder.Dispose();
}
