using SspNative.Engine.Storage;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Storage;

public sealed class StorageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["file.txt"];

    [Fact]
    public void AFileIsReplacedWhole()
    {
        AtomicFile.WriteText(File, "old");
        AtomicFile.WriteText(File, "ñew");
        Assert.Equal("ñew"u8.ToArray(), System.IO.File.ReadAllBytes(File));
        Assert.Equal([File], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void WhatFailsHalfWayLeavesTheFormerFile()
    {
        AtomicFile.WriteText(File, "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(File, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("the disk is full");
        }));
        Assert.Equal("old", System.IO.File.ReadAllText(File));
        Assert.Equal([File], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void OnlyItsOwnTemporaryFilesAreDeleted()
    {
        string[] strangers =
            [File, File + ".bak", File + ".abcdefgh.part", File + ".0123abcd.part.txt", File + ".0123abcd", _folder["my-file.txt.0123abcd.part"]];
        foreach (string file in (string[])[.. strangers, File + ".0123abcd.part"])
            System.IO.File.WriteAllText(file, "");
        AtomicFile.DeleteAbandoned(File);
        Assert.Equal(strangers.Order(StringComparer.Ordinal), Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AFileThatIsBeingWrittenIsNotTakenForAbandoned()
    {
        AtomicFile.Write(File, stream =>
        {
            stream.Write("half"u8);
            AtomicFile.DeleteAbandoned(File);
            Assert.Matches(@"file\.txt\.[0-9a-f]{8}\.part$", Assert.Single(Directory.GetFiles(_folder.Path)));
        });
        Assert.Equal("half", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void TheFormerFileIsKeptUnderItsOtherName()
    {
        string former = _folder["former"];
        foreach (string text in (string[])["1", "2", "3"])
            AtomicFile.Write(File, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)), former);
        Assert.Equal(("3", "2"), (System.IO.File.ReadAllText(File), System.IO.File.ReadAllText(former)));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void WhereTheFormerFileCannotGoItStays()
    {
        AtomicFile.WriteText(File, "old");
        Directory.CreateDirectory(_folder["former"]);
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(File, stream => stream.Write("new"u8), _folder["former"]));
        Assert.Equal("old", System.IO.File.ReadAllText(File));
        Assert.Equal([File], Directory.GetFiles(_folder.Path));
    }

    [SkippableFact]
    public void ADiskThatRefusesAFlushIsAnError()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a device that cannot be flushed");
        using Microsoft.Win32.SafeHandles.SafeFileHandle device = System.IO.File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        Assert.Contains("/dev/full: could not be forced to the disk", Assert.Throws<IOException>(() => FileSystem.FlushToDisk(device, "/dev/full")).Message);
    }

    [Fact]
    public void ALockIsHeldByOneAndSaysByWhom()
    {
        using (FileLock? first = FileLock.TryTake(File, out _))
        {
            Assert.NotNull(first);
            Assert.Null(FileLock.TryTake(File, out string holder));
            Assert.Contains($"process {Environment.ProcessId}", holder);
        }
        using FileLock? second = FileLock.TryTake(File, out _);
        Assert.NotNull(second);
    }

    /// <summary>Some systems cannot exchange two files.</summary>
    [Fact]
    public void TheFormerFileIsKeptInTwoStepsToo()
    {
        string former = _folder["former"], next = _folder["next"];
        foreach ((string path, string text) in ((string, string)[])[(former, "1"), (File, "2"), (next, "3")])
            System.IO.File.WriteAllText(path, text);
        AtomicFile.ReplaceInTwoSteps(next, File, former);
        Assert.Equal(("3", "2"), (System.IO.File.ReadAllText(File), System.IO.File.ReadAllText(former)));
        Assert.False(System.IO.File.Exists(next));
    }

    [Fact]
    public void ALockSaysNothingOfItsFormerHolder()
    {
        System.IO.File.WriteAllText(File, new string('x', 500));
        using (FileLock.TryTake(File, out _))
        {
        }
        Assert.Matches(@"^process \d+ on .+, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", System.IO.File.ReadAllText(File));
    }

    /// <summary>It goes into a line of a message.</summary>
    [Theory]
    [InlineData("", "another process")]
    [InlineData("somebody\u001b[31m", "another process")]
    [InlineData("somebody", "somebody")]
    public void WhoHoldsALockIsSaidWhereItCanBeRead(string content, string told)
    {
        using var stranger = new FileStream(File, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        stranger.Write(System.Text.Encoding.UTF8.GetBytes(content));
        Assert.Null(FileLock.TryTake(File, out string holder));
        Assert.Equal(told, holder);
    }

    public void Dispose() => _folder.Dispose();
}
