using SspNative.Peers;
using SspNative.Peers.OnnxRuntime;

PeerLoop.Serve(new OnnxRuntimePeer());
