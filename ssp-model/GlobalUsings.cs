global using SspNative.Engine;
global using SspNative.Engine.Nn;
global using SspNative.Kernels;
