using System.Globalization;
using SspNative.Engine.Serialization;
using SspNative.Engine.Serialization.Pickles;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>What each opcode of a pickle makes, and what is said of those that make nothing. A character of a pickle is a byte.</summary>
public sealed class PickleMachineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // A tuple is shown in round brackets, a list in square ones, a dictionary in curly ones, and bytes by their offset and length.
    [Theory]
    [InlineData("N.", "None")]
    [InlineData("\x88.", "True")]
    [InlineData("\x89.", "False")]
    [InlineData("J\xFE\xFF\xFF\xFF.", "-2")]
    [InlineData("K\xFF.", "255")]
    [InlineData("M\x01\x02.", "513")]
    [InlineData("\x8A\x00.", "0")]
    [InlineData("\x8A\x01\xFF.", "-1")]
    [InlineData("\x8A\x02\x00\x80.", "-32768")]
    [InlineData("\x8A\x02\xFF\x00.", "255")]
    [InlineData("\x8A\x08\x00\x00\x00\x00\x00\x00\x00\x80.", "-9223372036854775808")]
    [InlineData("\x8A\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09.", "long 010203040506070809")]
    [InlineData("G\x3F\xF8\x00\x00\x00\x00\x00\x00.", "1.5")]
    [InlineData("X\x02\x00\x00\x00\xC3\xA9.", "'é'")]
    [InlineData("\x8C\x02\xC3\xA9.", "'é'")]
    [InlineData("\x8D\x01\x00\x00\x00\x00\x00\x00\x00z.", "'z'")]
    [InlineData("U\x01\xE9.", "'é'")]
    [InlineData("T\x01\x00\x00\x00\xE9.", "'é'")]
    [InlineData("C\x02xy.", "bytes 2 2")]
    [InlineData("C\x00.", "bytes 2 0")]
    [InlineData("B\x02\x00\x00\x00xy.", "bytes 5 2")]
    [InlineData("\x8E\x02\x00\x00\x00\x00\x00\x00\x00xy.", "bytes 9 2")]
    [InlineData("\x96\x02\x00\x00\x00\x00\x00\x00\x00xy.", "bytes 9 2")]
    [InlineData("].", "[]")]
    [InlineData("}.", "{}")]
    [InlineData(").", "()")]
    [InlineData("(K\x01K\x02t.", "(1, 2)")]
    [InlineData("(t.", "()")]
    [InlineData("K\x01\x85.", "(1)")]
    [InlineData("K\x01K\x02\x86.", "(1, 2)")]
    [InlineData("K\x01K\x02K\x03\x87.", "(1, 2, 3)")]
    [InlineData("(K\x01(K\x02K\x03tK\x04t.", "(1, (2, 3), 4)")]
    [InlineData("]K\u0001aK\u0002a.", "[1, 2]")]
    [InlineData("](K\x01K\u0002e.", "[1, 2]")]
    [InlineData("](e.", "[]")]
    [InlineData("}K\x01K\x02s.", "{1: 2}")]
    [InlineData("}(K\x01K\x02K\x03K\x04u.", "{1: 2, 3: 4}")]
    [InlineData("}(u.", "{}")]
    [InlineData("(K\x05q\x03h\x03t.", "(5, 5)")]
    [InlineData("(K\x05r\x2C\x01\x00\x00j\x2C\x01\x00\x00t.", "(5, 5)")]
    [InlineData("(K\x05\x94K\x06\x94h\x00h\x01t.", "(5, 6, 5, 6)")]
    [InlineData("(K\x05q\x00K\x06q\x00h\x00t.", "(5, 6, 6)")]
    [InlineData("\x80\x05K\x01.", "1")]
    [InlineData("\x80\x02\x95\x03\x00\x00\x00\x00\x00\x00\x00K\x01.", "1")]
    [InlineData("ctorch\nSize\n.", "torch.Size")]
    [InlineData("X\x05\x00\x00\x00torchX\x04\x00\x00\x00Size\x93.", "torch.Size")]
    [InlineData("ctorch\nSize\n(K\x02K\x03t\x85R.", "(2, 3)")]
    [InlineData("ctorch\nSize\n(K\x02K\x03t\x85\x81.", "(2, 3)")]
    public void AnOpcodeMakesItsValue(string pickle, string expected) => Assert.Equal(expected, Shown(Read(pickle)));

    // Names and codes are text; the contents of an array, of Python 2's str too, are not.
    [Theory]
    [InlineData(256, "text")]
    [InlineData(257, "bytes 5 257")]
    public void ALongStringOfPython2IsBytes(int length, string expected)
    {
        object? value = Read($"T{(char)(length & 255)}{(char)(length >> 8)}\0\0{new string('a', length)}.");
        Assert.Equal(expected, value is string text && text.Length == length ? "text" : Shown(value));
    }

    [Theory]
    [InlineData("\x80\x06N.", 0, "says protocol 6; protocols 2 to 5 can be read")]
    [InlineData(".", 0, "ends the pickle with 0 values, not one")]
    [InlineData("NN.", 2, "ends the pickle with 2 values, not one")]
    [InlineData("(.", 1, "ends the pickle with 1 values, not one")]
    [InlineData("h\x05.", 0, "takes the value 5 from memory, which was never put there")]
    [InlineData("Nq\x01j\x02\x00\x00\x00.", 3, "takes the value 2 from memory, which was never put there")]
    [InlineData("q\x01.", 0, "takes a value, but there is none")]
    [InlineData("(q\x01.", 1, "takes a value, but there is none")]
    [InlineData("N\x86.", 1, "takes a value, but there is none")]
    [InlineData("NNt.", 2, "takes the values from a mark on, but there is none")]
    [InlineData("NK\u0001a.", 3, "appends to what is no list")]
    [InlineData("NK\x01K\x02s.", 5, "sets entries of what is no dictionary")]
    [InlineData("}(K\x01u.", 4, "sets entries of what is no dictionary")]
    [InlineData("NN\x93.", 2, "names something by no text")]
    [InlineData("NNR.", 2, "calls what is no known function")]
    [InlineData("ctorch\nSize\nNR.", 13, "calls what is no known function")]
    [InlineData("cos\nsystem\n.", 0, "names os.system, which is not on the list of what a weight file may hold; it was not run")]
    [InlineData("ctorch.nn.modules.linear\nLinear\n.", 0, "names torch.nn.modules.linear.Linear, a whole module, not only weights; save its state_dict")]
    [InlineData("c__torch__.net\nNet\n.", 0, "names __torch__.net.Net, a whole module, not only weights; save its state_dict")]
    [InlineData("X\x02\x00\x00\x00\xC3\xA9", 7, "should begin 1 bytes, but the pickle, which begins at byte 0, ends at byte 7")]
    [InlineData("X\x02\x00\x00\x00\xC3\x41.", 5, "has a text that is not UTF-8")]
    [InlineData("X\x03\x00\x00\x00yz", 5, "should begin 3 bytes, but the pickle, which begins at byte 0, ends at byte 7")]
    [InlineData("C\u0002yz", 4, "should begin 1 bytes, but the pickle, which begins at byte 0, ends at byte 4")]
    [InlineData("C\u0003yz", 2, "should begin 3 bytes, but the pickle, which begins at byte 0, ends at byte 4")]
    [InlineData("\x8E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF.", 9, "should begin -1 bytes, but the pickle, which begins at byte 0, ends at byte 10")]
    [InlineData("\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF.", 9, "should begin -1 bytes, but the pickle, which begins at byte 0, ends at byte 10")]
    [InlineData("J\x01", 1, "should begin 4 bytes, but the pickle, which begins at byte 0, ends at byte 2")]
    [InlineData("K", 1, "should begin 1 bytes, but the pickle, which begins at byte 0, ends at byte 1")]
    public void WhatIsWrongIsSaidWithItsPlace(string pickle, int at, string problem) => Assert.Equal($"byte {at} {problem}", Refused(pickle));

    [Theory]
    [InlineData('i', "INST")]
    [InlineData('o', "OBJ")]
    [InlineData('\x92', "NEWOBJ_EX")]
    [InlineData('\x82', "EXT")]
    [InlineData('\x83', "EXT")]
    [InlineData('\x84', "EXT")]
    [InlineData('P', "PERSID")]
    [InlineData('0', "POP")]
    [InlineData('1', "POP")]
    [InlineData('2', "DUP")]
    [InlineData('I', "I of protocol 0")]
    [InlineData('d', "d of protocol 0")]
    [InlineData('\x8b', "LONG4")]
    [InlineData('\x8f', "of a set")]
    [InlineData('\x90', "of a set")]
    [InlineData('\x91', "of a set")]
    [InlineData('\x97', "of a buffer beside the file")]
    [InlineData('\x98', "of a buffer beside the file")]
    [InlineData('\xFE', "0xFE")]
    public void AnOpcodeThatIsNotNeededIsNamed(char code, string name) =>
        Assert.Equal($"byte 1 is the opcode {name}, which a state dict does not need", Refused($"N{code}."));

    // A name that never ends, and one that ends in time.
    [Theory]
    [InlineData(1024, "names aaaa")]
    [InlineData(1025, "has a name of more than 1024 bytes")]
    public void ANameHasALargestLength(int length, string told) => Assert.Contains(told, Refused($"c{new string('a', length)}\nb\n."));

    [Theory]
    [InlineData(1_000_000, false)]
    [InlineData(1_000_001, true)]
    public void APickleHasAMostOfOperations(int operations, bool refused)
    {
        string pickle = "(t" + string.Concat(Enumerable.Repeat("q\0", operations - 3)) + ".";
        if (refused)
            Assert.Equal($"byte {2 + 2 * (operations - 3)} is beyond 1000000 operations, more than any state dict needs", Refused(pickle));
        else
            Assert.Equal("()", Shown(Read(pickle)));
    }

    // A window of the file is read at a time.
    [Fact]
    public void ValuesBeyondTheFirstWindowAreRead()
    {
        string numbers = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"M{(char)(i & 255)}{(char)(i >> 8)}"));
        PickleTuple tuple = Assert.IsType<PickleTuple>(Read($"(N{numbers}t."));
        Assert.Equal(Enumerable.Range(0, 40_000).Select(i => (object)(long)i), tuple.Items.Skip(1));
    }

    private object? Read(string pickle)
    {
        File.WriteAllBytes(_folder["pickle"], [.. pickle.Select(c => (byte)c)]);
        using var file = new FileBytes(_folder["pickle"]);
        return PickleMachine.Read(new PickleStream(file, 0, file.Length));
    }

    private string Refused(string pickle) => Assert.Throws<InvalidDataException>(() => Read(pickle)).Message[$"{_folder["pickle"]}: ".Length..];

    private static string Shown(object? value) => value switch
    {
        null => "None",
        string text => $"'{text}'",
        PickleTuple tuple => $"({string.Join(", ", tuple.Items.Select(Shown))})",
        List<object?> list => $"[{string.Join(", ", list.Select(Shown))}]",
        PickleDictionary dictionary => $"{{{string.Join(", ", dictionary.Entries.Select(e => $"{Shown(e.Key)}: {Shown(e.Value)}"))}}}",
        PickleBytes { Decoded: null } bytes => $"bytes {bytes.Offset} {bytes.Length}",
        PickleLong integer => $"long {System.Convert.ToHexString(integer.Bytes)}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
