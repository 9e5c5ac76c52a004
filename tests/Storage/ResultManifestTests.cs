using System.Text.Json;
using SspNative.Engine.Storage;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Storage;

/// <summary>The list of a result's files says what may be replaced, and never leads to what is not in it.</summary>
public sealed class ResultManifestTests : IDisposable
{
    private const int LargestList = 64 << 20;

    private readonly TemporaryFolder _folder = new();

    private string Result => _folder["result"];

    private string List => _folder["result/.ssp-result.json"];

    [Fact]
    public void FilesAreListedByTheirNamesInOrdinalOrder()
    {
        Write("a/z.txt", "a.txt", "a-b", "b-c", "b", "B", "c/d/e", ".hidden");
        ResultManifest.Write(Result, "a test");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(List));
        Assert.Equal("a test", json.RootElement.GetProperty("kind").GetString());
        Assert.Equal(
            [".hidden", "B", "a-b", "a.txt", "a/z.txt", "b", "b-c", "c/d/e"],
            json.RootElement.GetProperty("files").EnumerateArray().Select(f => f.GetString()));
    }

    [Fact]
    public void StrangersAreNamedInOrder()
    {
        Write("own/0.png");
        ResultManifest.Write(Result, "a test");
        Assert.Empty(ResultManifest.Strangers(Result));
        Write("z.txt", "own/1.png", "a.txt");
        Directory.CreateDirectory(_folder["result/mine"]);
        Assert.Equal(["a.txt", "mine", "own/1.png", "z.txt"], ResultManifest.Strangers(Result));
    }

    [Fact]
    public void WithoutAListAllIsSomebodysOwn()
    {
        Write("a.txt");
        Assert.Null(ResultManifest.KindOf(Result));
        Assert.Equal(["a.txt"], ResultManifest.Strangers(Result));
    }

    // What a link leads to is not the result's, whatever the link is called.
    [Fact]
    public void ALinkToAFolderCountsAsAFile()
    {
        Directory.CreateDirectory(_folder["elsewhere"]);
        File.WriteAllText(_folder["elsewhere/thesis.tex"], "");
        Write("masks/0.png");
        Directory.CreateSymbolicLink(_folder["result/link"], _folder["elsewhere"]);
        ResultManifest.Write(Result, "a test");
        Assert.Empty(ResultManifest.Strangers(Result));
        ResultManifest.Delete(Result);
        Assert.True(File.Exists(_folder["elsewhere/thesis.tex"]));
    }

    [Fact]
    public void WhatIsListedIsDeletedWithTheFoldersThatHeldIt()
    {
        Write("a/b/c/d.txt", "a/e.txt", "f.txt");
        ResultManifest.Write(Result, "a test");
        ResultManifest.Delete(Result);
        Assert.False(Directory.Exists(Result));
    }

    [Fact]
    public void WhatIsNotListedStaysWithItsFolders()
    {
        Write("a/b/c.txt", "d.txt");
        ResultManifest.Write(Result, "a test");
        Write("a/mine.txt");
        ResultManifest.Delete(Result);
        Assert.Equal([_folder["result/a/mine.txt"]], Directory.GetFiles(Result, "*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(_folder["result/a/b"]));
    }

    [Fact]
    public void WhatIsListedMayBeGone()
    {
        Write("a.txt");
        WriteList("a test", "a.txt", "b/gone.txt");
        ResultManifest.Delete(Result);
        Assert.False(Directory.Exists(Result));
    }

    [Theory]
    [InlineData("../thesis.tex")]
    [InlineData("a/../../thesis.tex")]
    [InlineData("a/./thesis.tex")]
    [InlineData("a//thesis.tex")]
    [InlineData("/a/thesis.tex")]
    [InlineData("")]
    [InlineData(null)]
    public void ANameThatIsNoneInTheFolderIsNotFollowed(string? name)
    {
        Write("a/thesis.tex", "own.txt");
        File.WriteAllText(_folder["thesis.tex"], "");
        WriteList("a test", name is ['/', ..] ? Result + name : name, "own.txt");
        Assert.Equal(["a", "a/thesis.tex"], ResultManifest.Strangers(Result));
        ResultManifest.Delete(Result);
        Assert.True(File.Exists(_folder["thesis.tex"]));
        Assert.True(File.Exists(_folder["result/a/thesis.tex"]));
        Assert.False(File.Exists(_folder["result/own.txt"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("""{"kind":"a test"}""")]
    [InlineData("""{"kind":"a test","files":1}""")]
    [InlineData("""{"kind":"a test","files":[1]}""")]
    public void AListOfAnotherFormSaysNothing(string list)
    {
        Write("a.txt");
        File.WriteAllText(List, list);
        Assert.Null(ResultManifest.KindOf(Result));
        Assert.Equal([".ssp-result.json", "a.txt"], ResultManifest.Strangers(Result));
    }

    [Fact]
    public void AResultMayHaveNoKind()
    {
        Write();
        WriteList(null);
        Assert.Equal("", ResultManifest.KindOf(Result));
    }

    [Fact]
    public void AListHasALargestSize()
    {
        Write();
        byte[] list = [.. """{"kind":"a test","files":[]}"""u8];
        using (FileStream file = File.Create(List))
        {
            file.Write(list);
            byte[] blanks = new byte[LargestList - list.Length];
            Array.Fill(blanks, (byte)' ');
            file.Write(blanks);
        }
        Assert.Equal("a test", ResultManifest.KindOf(Result));
        File.AppendAllText(List, " ");
        Assert.Null(ResultManifest.KindOf(Result));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(params string[] names)
    {
        Directory.CreateDirectory(Result);
        foreach (string name in names)
        {
            string path = Path.Combine(Result, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, name);
        }
    }

    private void WriteList(string? kind, params string?[] files) => File.WriteAllText(List, JsonSerializer.Serialize(new { kind, files }));
}
