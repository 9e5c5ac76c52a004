using SspNative.Engine;
using SspNative.Engine.Storage;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Storage;

/// <summary>A result is there whole or not at all, and nothing that somebody else wrote is ever lost.</summary>
public sealed class ResultDirectoryTests : IDisposable
{
    private const string Kind = "masks of a test";

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder["result"];

    [Fact]
    public void AFormerResultIsReplacedWhole()
    {
        Make("masks/0.png", "masks/1.png", "result.json");
        Make("masks/0.png", "overlay/0.png");
        Assert.Equal([".ssp-result.json", "masks/0.png", "overlay/0.png"], Files(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public void NoLockIsHeldAfterwards()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc is Linux's");
        Make("masks/0.png");
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries("/proc/self/fd"), e => new FileInfo(e).LinkTarget?.StartsWith(_folder.Path, StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("thesis.tex")]
    [InlineData(".git/HEAD")]
    [InlineData("masks/notes.txt")]
    [InlineData("masks/old/")]
    public void AFolderWithAFileOfSomebodyElseIsRefusedAndStays(string own)
    {
        Make("masks/0.png", "result.json");
        Write(own);
        string[] before = Files(Target);
        string message = Assert.Throws<InputException>(() => Make("masks/0.png").ToString()).Message;
        Assert.Contains(Target, message);
        Assert.Contains(own.TrimEnd('/').Split('/')[0], message);
        Assert.Equal(before, Files(Target));
    }

    [Theory]
    [InlineData("it has a.txt;", "a.txt")]
    [InlineData("it has a.txt and 1 more;", "a.txt", "b.txt")]
    [InlineData("it has a.txt and 2 more;", "a.txt", "b.txt", "c.txt")]
    public void TheFirstFileOfSomebodyElseIsNamedAndTheOthersCounted(string told, params string[] own)
    {
        foreach (string name in own)
            Write(name);
        Assert.Contains(told, Assert.Throws<InputException>(() => Make("masks/0.png").ToString()).Message);
    }

    [Fact]
    public void AFolderIsNoResultBecauseItHasAFileNamedResult()
    {
        Write("result.json");
        Write("thesis.tex");
        Assert.Throws<InputException>(() => Make("masks/0.png").ToString());
        Assert.Equal(["result.json", "thesis.tex"], Files(Target));
    }

    [Fact]
    public void AFileThatAppearsMeanwhileStopsTheCommit()
    {
        Make("masks/0.png");
        using (var directory = new ResultDirectory(Target, Kind))
        {
            File.WriteAllText(directory.NewFile("masks", "0.png"), "new");
            Write("thesis.tex");
            Assert.Throws<InputException>(directory.Commit);
        }
        Assert.Equal([".ssp-result.json", "masks/0.png", "thesis.tex"], Files(Target));
        Assert.Equal("masks/0.png", File.ReadAllText(Path.Combine(Target, "masks/0.png")));
    }

    [Fact]
    public void AResultOfAnotherKindIsNotReplaced()
    {
        Make("masks/0.png");
        Assert.Contains(Kind, Assert.Throws<InputException>(() => new ResultDirectory(Target, "pictures of a test")).Message);
        Assert.Contains("not empty", Assert.Throws<InputException>(() => new ResultDirectory(Target, null)).Message);
    }

    [Theory]
    [InlineData("""{"kind":"masks of a test","files":["../thesis.tex","/tmp/thesis.tex","a/../../thesis.tex"]}""")]
    [InlineData("""{"kind":1,"files":[]}""")]
    [InlineData("""{"files":["thesis.tex"]}""")]
    [InlineData("[")]
    public void AListThatNoRunWroteLeadsNowhere(string list)
    {
        File.WriteAllText(_folder["thesis.tex"], "x");
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, ".ssp-result.json"), list);
        Write("notes.txt");
        Assert.Throws<InputException>(() => Make("masks/0.png").ToString());
        Assert.Equal([".ssp-result.json", "notes.txt"], Files(Target));
        Assert.True(File.Exists(_folder["thesis.tex"]));
    }

    [Fact]
    public void WhatIsNotCommittedLeavesNothing()
    {
        using (var directory = new ResultDirectory(_folder["a/b/result"], Kind))
            File.WriteAllText(directory.NewFile("masks", "0.png"), "new");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void WhatAKilledRunLeftIsClearedUpAndARunningOneIsLeftAlone()
    {
        using var running = new ResultDirectory(Target, Kind);
        File.WriteAllText(running.NewFile("masks", "0.png"), "running");
        string killed = _folder[$".result.{Guid.NewGuid():N}.partial"];
        string[] others =
        [
            _folder[$".rezult.{Guid.NewGuid():N}.partial"], _folder[$".result.{Guid.NewGuid():N}.partiel"], _folder[$".result.{Guid.NewGuid():D}.partial"],
            _folder[$".result.{new string('x', 32)}.partial"], _folder[".result.notes.partial"],
        ];
        foreach (string left in (string[])[killed, .. others])
        {
            Directory.CreateDirectory(Path.Combine(left, "masks"));
            File.WriteAllText(left + ".lock", "a process that is gone");
        }
        Make("masks/0.png");
        Assert.False(Directory.Exists(killed));
        Assert.False(File.Exists(killed + ".lock"));
        Assert.All(others, left => Assert.True(Directory.Exists(Path.Combine(left, "masks")) && File.Exists(left + ".lock")));
        running.Commit();
        Assert.Equal("running", File.ReadAllText(Path.Combine(Target, "masks/0.png")));
    }

    // Killed before it made its folder, a run leaves the lock alone.
    [Fact]
    public void ALockWithoutItsFolderIsClearedUp()
    {
        File.WriteAllText(_folder[$".result.{Guid.NewGuid():N}.partial.lock"], "a process that is gone");
        Make("masks/0.png");
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void WhereFoldersCannotBeExchangedTheFormerOneGoesFirst()
    {
        string former = _folder["former"], whole = _folder["whole"];
        Make("masks/0.png", "result.json");
        Directory.CreateDirectory(whole);
        File.WriteAllText(Path.Combine(whole, "new.png"), "");
        ResultDirectory.ReplaceInTwoSteps(whole, Target, former);
        Assert.Equal(["new.png"], Files(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    // Killed after the exchange of the two folders, a run leaves the former result under the name that the new one had.
    [Fact]
    public void OfAFormerResultThatAKilledRunLeftOnlyItsOwnFilesAreDeleted()
    {
        string left = _folder[$".result.{Guid.NewGuid():N}.partial"];
        Directory.Move(Make("masks/0.png", "result.json"), left);
        File.WriteAllText(Path.Combine(left, "masks", "notes.txt"), "");
        File.WriteAllText(left + ".lock", "a process that is gone");
        Make("masks/0.png");
        Assert.Equal(["masks/notes.txt"], Files(left));
    }

    [Fact]
    public void ALinkToAFolderIsFollowed()
    {
        string real = _folder["disk"], between = _folder["between"];
        Directory.CreateDirectory(real);
        Directory.CreateSymbolicLink(between, real);
        Directory.CreateSymbolicLink(Target, between);
        Make("masks/0.png");
        Make("masks/1.png");
        Assert.Equal(between, new DirectoryInfo(Target).LinkTarget);
        Assert.Equal(real, new DirectoryInfo(between).LinkTarget);
        Assert.Equal([".ssp-result.json", "masks/1.png"], Files(real));
    }

    [Fact]
    public void NeitherARootNorAFileBecomesAResult()
    {
        Assert.Contains("root of a file system", Assert.Throws<InputException>(() => new ResultDirectory(Path.GetPathRoot(_folder.Path)!, Kind)).Message);
        File.WriteAllText(Target, "mine");
        Assert.Contains("a file of this name exists", Assert.Throws<InputException>(() => new ResultDirectory(Target, Kind)).Message);
        Assert.Equal("mine", File.ReadAllText(Target));
    }

    [Fact]
    public void TheFolderIsThereBeforeItsFirstFile()
    {
        using var directory = new ResultDirectory(Target, Kind);
        Assert.True(Directory.Exists(directory.Path));
    }

    /// <summary>Nor are the folders above it, where they were made for it alone.</summary>
    [Fact]
    public void WhatCannotBeMadeLeavesNothing()
    {
        Assert.Throws<InputException>(() => new ResultDirectory(_folder[$"a/b/{new string('x', 250)}"], Kind));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void AFolderThatCannotBeMadeIsNamedAsItWasGiven()
    {
        File.WriteAllText(_folder["file"], "");
        string message = Assert.Throws<InputException>(() => new ResultDirectory(_folder["file/result"], Kind)).Message;
        Assert.StartsWith(_folder["file/result"], message);
        Assert.DoesNotContain(".partial", message);
    }

    public void Dispose() => _folder.Dispose();

    private string Make(params string[] files)
    {
        using var directory = new ResultDirectory(Target, Kind);
        foreach (string file in files)
            File.WriteAllText(directory.NewFile(file.Split('/')), file);
        directory.Commit();
        return Target;
    }

    // Into the target, as its owner would.
    private void Write(string name)
    {
        string path = Path.Combine(Target, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!name.EndsWith('/'))
            File.WriteAllText(path, name);
    }

    private static string[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];
}
