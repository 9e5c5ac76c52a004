using System.Diagnostics;
using System.Text;
using SspNative.Engine;
using SspNative.Engine.Serialization;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>Whatever a user names is a regular file of a bounded size, or is refused in one line without waiting.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task APipeIsRefusedByEveryReader()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells pipes without opening them");
        string pipe = _folder["pipe"];
        using (Process mkfifo = Process.Start("mkfifo", [pipe]))
            mkfifo.WaitForExit();
        Action[] readers =
        [
            () => SafetensorsFile.Open(pipe).Dispose(), () => ClipSource.Open(pipe), () => Image.Load(pipe), () => PalettePng.Load(pipe),
            () => WavFile.Load(pipe, 16000), () => Prompts.Load(pipe), () => PromptTokenizer.FromVocabulary(pipe, 100),
        ];
        foreach (Action reader in readers)
        {
            var run = Task.Run(() => Record.Exception(reader));
            Assert.Same(run, await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(5))));
            Assert.Contains("not a regular file", (await run)!.Message);
        }
    }

    [SkippableFact]
    public void ADeviceIsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells devices without opening them");
        Assert.Contains("not a regular file", Assert.Throws<InvalidDataException>(() => RegularFile.ReadText("/dev/zero", 100)).Message);
        Assert.Contains("not a regular file", Assert.Throws<InputException>(() => Prompts.Load("/dev/zero")).Message);
    }

    [Fact]
    public void AFolderIsNoFile()
    {
        Assert.Contains("is a folder", Assert.Throws<InvalidDataException>(() => RegularFile.Open(_folder.Path)).Message);
        Assert.Contains("is a folder", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(_folder.Path)).Message);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => Prompts.Load(_folder.Path)).Message);
        Assert.Contains("no such file", Assert.Throws<FileNotFoundException>(() => RegularFile.Open(_folder["none"])).Message);
    }

    [Fact]
    public void ALimitIsKept()
    {
        File.WriteAllBytes(_folder["ten"], new byte[10]);
        Assert.Equal(10, RegularFile.ReadBytes(_folder["ten"], 10).Length);
        Assert.Contains("10 bytes, more than the 9", Assert.Throws<InvalidDataException>(() => RegularFile.ReadBytes(_folder["ten"], 9)).Message);
    }

    // The kernel says of its files how long they may be.
    [SkippableFact]
    public void AFileThatIsShorterThanItSaysIsReadToItsEnd()
    {
        string? file = Directory.Exists("/sys/kernel/mm/transparent_hugepage") ? "/sys/kernel/mm/transparent_hugepage/enabled" : null;
        Skip.If(file is null, "needs a file of Linux's kernel");
        byte[] bytes = RegularFile.ReadBytes(file!, 10_000);
        Assert.InRange(bytes.Length, 1, new FileInfo(file!).Length - 1);
        using var reader = new StreamReader(file!);
        Assert.Equal(reader.ReadToEnd(), Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void TextIsUtf8OrMarkedUtf16()
    {
        foreach (Encoding encoding in new[] { Encoding.UTF8, new UTF8Encoding(false), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            File.WriteAllText(_folder["text"], "Ünïcode\n🎸", encoding);
            Assert.Equal("Ünïcode\n🎸", RegularFile.ReadText(_folder["text"], 100));
        }
        Assert.Contains("line 3 is not UTF-8", Assert.Throws<InvalidDataException>(() => RegularFile.DecodeText([.. "a\nü\nb"u8, 0xFF], "x")).Message);
        Assert.Contains(
            "line 2 is not UTF-8", Assert.Throws<InvalidDataException>(() => RegularFile.DecodeText([(byte)'a', 10, 0xED, 0xA0, 0x80], "x")).Message);
        Assert.Contains("not UTF-16", Assert.Throws<InvalidDataException>(() => RegularFile.DecodeText([0xFF, 0xFE, 0, 0xD8], "x")).Message);
    }

    [Fact]
    public void WhatIsNoSafetensorsFileIsSaid()
    {
        byte[] zip = [.. "PK"u8, 3, 4, 0, 0, 8, 8, 0, 0, .. new byte[100]];
        Assert.Contains("PyTorch file", Error(zip));
        Assert.Contains("convert it to safetensors", Error(zip));
        Assert.Contains("PyTorch file", Error([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, .. new byte[100]]));
        Assert.EndsWith("not a safetensors file", Error([.. "any text that is long enough"u8]));
        Assert.DoesNotContain("announce", Error([.. "any text that is long enough"u8]));
        // A header of 640 bytes begins as a pickle does.
        File.WriteAllBytes(_folder["x.safetensors"], RawSafetensors.Bytes("{}" + new string(' ', 638), []));
        SafetensorsFile.Open(_folder["x.safetensors"]).Dispose();
    }

    [Fact]
    public void AFileThatIsCutWhileItIsReadIsAnError()
    {
        string path = RawSafetensors.Write(_folder["x.safetensors"], ("x", "F32", [4096], new byte[16384]));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            writer.SetLength(200);
        string message = Assert.Throws<InvalidDataException>(() => file.ReadFloats("x")).Message;
        Assert.Contains("has become shorter", message);
        Assert.Contains("byte 200", message);
    }

    public void Dispose() => _folder.Dispose();

    private string Error(byte[] bytes)
    {
        File.WriteAllBytes(_folder["x.bin"], bytes);
        return Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(_folder["x.bin"])).Message;
    }
}
