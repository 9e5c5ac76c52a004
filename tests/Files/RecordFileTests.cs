using SspNative.Model.Files;
using Xunit;

namespace SspNative.Tests.Files;

/// <summary>Records of one size in a file without a name.</summary>
public sealed class RecordFileTests
{
    [Fact]
    public void RecordsAreReadInAnyOrder()
    {
        using var file = new RecordFile(3);
        byte[][] records = [.. Enumerable.Range(0, 5).Select(i => new byte[] { (byte)i, (byte)(10 * i), 7 })];
        for (int i = 0; i < records.Length; i++)
        {
            Assert.Equal(i, file.Count);
            file.Append(records[i]);
        }
        byte[] read = new byte[3];
        foreach (int i in (int[])[4, 0, 2, 2, 3, 1])
        {
            file.Read(i, read);
            Assert.Equal(records[i], read);
        }
    }

    [Fact]
    public void OnlyWhatWasWrittenIsRead()
    {
        using var file = new RecordFile(4);
        file.Append([1, 2, 3, 4]);
        foreach (int index in (int[])[-1, 1])
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(index, new byte[4]));
        foreach (int length in (int[])[0, 3, 5])
        {
            Assert.Contains($"4 bytes, not {length}", Assert.Throws<ArgumentException>(() => file.Append(new byte[length])).Message);
            Assert.Contains($"4 bytes, not {length}", Assert.Throws<ArgumentException>(() => file.Read(0, new byte[length])).Message);
        }
        Assert.Equal(1, file.Count);
    }

    /// <summary>However the process ends.</summary>
    [SkippableFact]
    public void TheFileGoesWithTheProcess()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "open files are looked at in /proc");
        using var file = new RecordFile(4);
        // Another test's may not be deleted yet.
        string[] named;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        do
        {
            Thread.Sleep(1);
            string[] open =
            [
                .. Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "")
                    .Where(t => Path.GetFileName(t).StartsWith("ssp-", StringComparison.Ordinal) && t.Contains(".tmp", StringComparison.Ordinal)),
            ];
            Assert.NotEmpty(open);
            named = [.. open.Where(target => !target.EndsWith("(deleted)", StringComparison.Ordinal))];
        }
        while (named.Length > 0 && clock.ElapsedMilliseconds < 5000);
        Assert.Empty(named);
    }
}
